"""What was found held against what is true, where somebody wrote the truth down beside a simulated operator."""
