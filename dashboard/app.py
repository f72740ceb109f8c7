"""The pages. Run by `python -m dashboard`; each page draws itself in its `show`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.session import one_sentence
from dashboard.views import about, brand, customer, network, voices, weekly

PAGES = (
    st.Page(brand.show, title="Brand", default=True),
    # The default page answers at "/" alone; its name, which people type and link, would be "Page not found".
    st.Page(brand.show, title="Brand", url_path="brand", visibility="hidden"),
    st.Page(network.show, title="Network", url_path="network"),
    st.Page(customer.show, title="Customer", url_path="customer"),
    st.Page(voices.show, title="Voices", url_path="voices"),
    st.Page(weekly.show, title="Weekly report", url_path="weekly"),
    st.Page(about.show, title="About the data", url_path="about"),
)

st.set_page_config(page_title="Earshot", layout="wide")
st.html(Path(__file__).with_name("style.css"))
with one_sentence():
    st.navigation(list(PAGES), position="top").run()
