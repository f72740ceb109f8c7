"""Work out: questions become answers, answers become findings."""
