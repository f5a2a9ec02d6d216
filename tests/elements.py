"""The elements of a piece of HTML, for the tests of what is rendered."""

from __future__ import annotations

from html.parser import HTMLParser


class Elements(HTMLParser):
    """The elements, their attributes and the text of a piece of HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, style: str = "") -> list[dict[str, str]]:
        return [
            attributes
            for name, attributes in self.found
            if name == tag and (not style or style in attributes.get("class", "").split())
        ]
