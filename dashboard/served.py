"""The application that `streamlit run` finds here and serves: the pages behind their guard."""

from __future__ import annotations

from pathlib import Path

from starlette.middleware import Middleware
from streamlit.starlette import App

from dashboard.guard import Guard

app = App(Path(__file__).with_name("app.py"), middleware=[Middleware(Guard)])
