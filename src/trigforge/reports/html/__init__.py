"""The report as one page, ``report.html``: self-contained, without a script, a font or a picture from elsewhere."""

from trigforge.reports.html.page import framed, render_compared, render_graph, render_html, save_html

__all__ = ["framed", "render_compared", "render_graph", "render_html", "save_html"]
