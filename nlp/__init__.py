"""Enrich: a post in, language, sentiment, brands, copies and an embedding out."""

import sys

# OpenVINO tells an analytics service of each import, unasked. Without the package that does so it tells nobody.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
