"""Components of a pipeline that forks and joins: two of them read one view and make those of a third."""

from __future__ import annotations

__all__ = ["DIAMOND"]

DIAMOND = """\
components = [
  { name = numbers, component_type = source, class_path = tests.support.components.Views
    config { label = numbers, make { numbers = "SELECT id FROM range(5)", t = "SELECT 1 AS version" } } }
  { name = doubled, component_type = transformation, class_path = tests.support.components.Views, depends_on = [numbers]
    config { label = doubled, make { doubled = "SELECT 2 * id AS id FROM numbers" } } }
  { name = again, component_type = transformation, class_path = tests.support.components.Views, depends_on = [numbers]
    config { label = again, make { t = "SELECT version + 1 AS version FROM t" } } }
  { name = joined, component_type = transformation, class_path = tests.support.components.Views
    depends_on = [doubled, again]
    config { label = joined, make { joined = "SELECT id, version FROM doubled JOIN numbers USING (id), t" } } }
  { name = out, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [joined]
    config { view = joined, format = parquet, path = "ROOT/out", mode = overwrite } }
]"""
"""Text of a pipeline file; ROOT stands for a folder, into which the sink writes."""
