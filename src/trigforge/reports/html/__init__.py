"""The report as one page, ``report.html``: self-contained, without a script, a font or a picture from elsewhere."""

from trigforge.reports.html.page import render_html, save_html

__all__ = ["render_html", "save_html"]
