"""The least that Streamlit can show: a figure, a word to ask for, a chart. What is slower is our own doing."""

import streamlit as st

asked = st.text_input("Search the texts")
st.metric("Posts", 1_000 - len(asked))
values = [{"day": day, "posts": day * 7 % 5} for day in range(30)]
axes = {"x": {"field": "day", "type": "quantitative"}, "y": {"field": "posts", "type": "quantitative"}}
st.vega_lite_chart({"data": {"values": values}, "mark": "bar", "encoding": axes})
