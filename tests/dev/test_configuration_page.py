"""The page of all keys of a pipeline file."""

from __future__ import annotations

from dev.configuration_page import PAGE, configuration_page


def test_the_page_is_what_the_models_say_now() -> None:
    assert PAGE.read_text() == configuration_page(), "run `make reference`"


def test_every_link_leads_to_a_section() -> None:
    page = configuration_page()
    headings = [line.removeprefix("## ").strip("`") for line in page.splitlines() if line.startswith("## ")]
    anchors = {"".join(c for c in heading.lower() if c.isalnum() or c in "_-") for heading in headings}
    linked = {part.partition(")")[0] for part in page.split("](#")[1:]}
    assert len(anchors) == len(headings)
    assert linked <= anchors
    assert len(linked) > 15
