"""The configuration and the secrets: a file and the environment become values, or all that is wrong is said."""
