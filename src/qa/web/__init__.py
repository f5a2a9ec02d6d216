"""The web chat: one page over an assistant, and the endpoints behind it."""

from qa.web.page import build_app, prepare
from qa.web.server.serving import serve

__all__ = ["build_app", "prepare", "serve"]
