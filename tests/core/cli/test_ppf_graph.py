from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.cli.graph_mermaid import graph_mermaid
from ppf_core.cli.graph_text import graph_text
from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.drawing import graph_svg, lay_out, layers_of

SVG = "{http://www.w3.org/2000/svg}"


@st.composite
def pipelines(draw, most=25):
    names = draw(st.lists(st.text(min_size=1, max_size=60), unique=True, min_size=1, max_size=most))
    components = []
    for index, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=4)) if index else []
        kind = draw(st.sampled_from(ComponentType))
        components.append(ComponentConfig(name, kind, "a.B", depends_on=needs, enabled=draw(st.booleans())))
    return PipelineConfig("p", "1", SparkConfig("p"), components)


@given(pipelines())
def test_each_component_stands_one_layer_after_the_last_that_it_needs(config):
    layer_of = {c.name: number for number, layer in enumerate(layers_of(config)) for c in layer}
    assert set(layer_of) == {component.name for component in config.components}
    for component in config.components:
        assert layer_of[component.name] == 1 + max((layer_of[n] for n in component.depends_on), default=-1)


@given(pipelines())
def test_no_box_or_bend_overlaps_another_and_all_lie_within_the_picture(config):
    layout = lay_out(config, {component.name: [component.name] for component in config.components})
    right = 0.0
    for layer in layout.layers:
        assert all(spot.x > right for spot in layer)
        right = max(spot.x + spot.width for spot in layer)
        for above, below in pairwise(layer):
            assert above.y + above.height / 2 < below.y - below.height / 2
        assert all(
            spot.y - spot.height / 2 > 0 and spot.y + spot.height / 2 < layout.height for spot in layer
        )
    assert right < layout.width


@given(pipelines())
def test_lines_lead_only_to_the_next_layer_so_that_none_crosses_a_box(config):
    layout = lay_out(config, {component.name: [] for component in config.components})
    spots = [spot for layer in layout.layers for spot in layer]
    assert all(after.layer == spot.layer + 1 for spot in spots for after in spot.after)


@given(pipelines())
def test_every_dependency_is_drawn(config):
    layout = lay_out(config, {component.name: [] for component in config.components})

    def sources(spot):
        return {
            name
            for before in spot.before
            for name in ([before.component.name] if before.component else sources(before))
        }

    for spot in (spot for layer in layout.layers for spot in layer if spot.component):
        assert sources(spot) == set(spot.component.depends_on)


@given(pipelines(most=8))
def test_the_drawing_is_well_formed_whatever_the_names(config):
    root = ElementTree.fromstring(graph_svg(config))  # noqa: S314 - we made it ourselves
    assert len(root.findall(f"{SVG}g")) == len(config.components)


@given(pipelines(most=8))
def test_mermaid_ids_are_legal_and_labels_cannot_end_early_whatever_the_names(config):
    lines = graph_mermaid(config).splitlines()
    node = re.compile(r'    n\d+\["[^"`<>]*"\]:::(source|transformation|sink)')
    other = re.compile(r"flowchart LR|    n\d+ --> n\d+|    class n\d+ disabled|    classDef .*")
    assert sum(bool(node.fullmatch(line)) for line in lines) == len(config.components)
    assert all(node.fullmatch(line) or other.fullmatch(line) for line in lines)


@pytest.mark.parametrize(
    "name", ["end", 'say "x"', "`code`", "<b>", "a#b;", "back\\slash", "two\nlines", "]", "%%"]
)
def test_names_that_mean_something_to_mermaid_are_labels_like_others(name):
    node = graph_mermaid(_config(ComponentConfig(name, ComponentType.SOURCE, "m.C"))).splitlines()[1]
    label = node.removeprefix('    n0["').removesuffix('"]:::source')
    assert not set(label) & set('"`<>\\\n')
    decoded = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label)
    assert decoded == name.replace("\n", " ")


def _config(*components):
    return PipelineConfig("flights", "1.0", SparkConfig("x"), list(components))


READ = ComponentConfig("read", ComponentType.SOURCE, "m.Read")
OFF = ComponentConfig("off", ComponentType.SINK, "m.Off", depends_on=["read"], enabled=False)


def test_disabled_components_are_dashed_and_only_they(ppf):
    boxes = ElementTree.fromstring(graph_svg(_config(READ, OFF))).findall(f"{SVG}g/{SVG}rect")  # noqa: S314 - ours
    assert [box.get("stroke-dasharray") is not None for box in boxes] == [False, True]


def test_component_types_have_colours_of_their_own():
    kinds = [ComponentConfig(kind.value, kind, "m.C") for kind in ComponentType]
    boxes = ElementTree.fromstring(graph_svg(_config(*kinds))).findall(f"{SVG}g/{SVG}rect")  # noqa: S314 - ours
    assert len({box.get("fill") for box in boxes}) == 3


def test_text_lists_the_layers_with_what_each_component_needs():
    assert graph_text(_config(READ, OFF)).splitlines() == [
        "flights 1.0: 2 components in 2 layers",
        "   1  read  source",
        "   2  off   sink    <- read  (disabled)",
    ]


def test_the_command_writes_text_to_standard_output(ppf, workspace):
    outcome = ppf("graph", workspace.write(workspace.step("read"), workspace.step("clean", "read")))
    assert outcome.code == 0
    assert "clean  transformation  <- read" in outcome.out


@pytest.mark.parametrize(
    ("name", "start"), [("g.svg", "<svg "), ("g.mmd", "flowchart LR"), ("g.txt", "flights 1.0")]
)
def test_the_ending_of_the_output_chooses_the_format(ppf, workspace, name, start):
    path = workspace.folder / name
    assert ppf("graph", workspace.write(workspace.step("read")), "--output", path).code == 0
    assert path.read_text().startswith(start)


def test_the_format_wins_over_the_ending(ppf, workspace):
    path = workspace.folder / "g.svg"
    ppf("graph", workspace.write(workspace.step("read")), "--format", "mermaid", "--output", path)
    assert path.read_text().startswith("flowchart LR")


def test_an_output_that_cannot_be_written_is_bad_input(ppf, workspace):
    outcome = ppf(
        "graph", workspace.write(workspace.step("read")), "--output", workspace.folder / "no" / "g.svg"
    )
    assert outcome.code == 2
    assert "No such file or directory" in outcome.err


def test_classes_need_not_exist_and_unknown_dependencies_are_reported(ppf, workspace):
    step = workspace.step("read", class_path="no.such.Class")
    assert ppf("graph", workspace.write(step)).code == 0
    outcome = ppf("graph", workspace.write(step, workspace.step("clean", "raed")))
    assert outcome.code == 2
    assert '"raed" (did you mean "read"?)' in outcome.err


def test_json_has_components_with_their_layers(ppf, workspace):
    file = workspace.write(workspace.step("read"), workspace.step("clean", "read"))
    components = ppf("graph", file, "--json").document["components"]
    assert [(component["name"], component["layer"], component["depends_on"]) for component in components] == [
        ("read", 0, []),
        ("clean", 1, ["read"]),
    ]
