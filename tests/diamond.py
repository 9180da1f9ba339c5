"""Components of which two, beside each other, read what one has made and make what another one reads."""

from __future__ import annotations

__all__ = ["DIAMOND"]

DIAMOND = """\
components = [
  { name = numbers, component_type = source, class_path = tests.steps.Views
    config { label = numbers, make { numbers = "SELECT id FROM range(5)", t = "SELECT 1 AS version" } } }
  { name = doubled, component_type = transformation, class_path = tests.steps.Views, depends_on = [numbers]
    config { label = doubled, make { doubled = "SELECT 2 * id AS id FROM numbers" } } }
  { name = again, component_type = transformation, class_path = tests.steps.Views, depends_on = [numbers]
    config { label = again, make { t = "SELECT version + 1 AS version FROM t" } } }
  { name = joined, component_type = transformation, class_path = tests.steps.Views, depends_on = [doubled, again]
    config { label = joined, make { joined = "SELECT id, version FROM doubled JOIN numbers USING (id), t" } } }
  { name = out, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [joined]
    config { view = joined, format = parquet, path = "ROOT/out", mode = overwrite } }
]"""
"""As a pipeline file has them. ROOT is to be replaced by a folder, for what the last of them writes."""
