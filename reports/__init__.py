"""Show on paper: findings become charts and pages."""
