"""Proof runs: what the README's figures are made from. Not part of what is installed."""
