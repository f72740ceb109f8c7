"""The pages: Streamlit over a store that is only asked. Runs as a process of its own: `python -m dashboard`."""
