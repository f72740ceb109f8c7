"""What happens in the simulated country: faults, works, traps, and what the operator's systems tell of them."""
