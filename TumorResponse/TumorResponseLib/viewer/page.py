"""The page: the strip on top, the worklist left, Slicer's views in the middle, results right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import client, html

if TYPE_CHECKING:
    from trame_server import Server

    from TumorResponseLib.viewer.views import Views

TEMPLATES = Path(__file__).with_name("templates")
TITLE = "TumorResponse"
COLOURS = {
    "background": "#0c0f12",
    "surface": "#14181d",
    "surface-light": "#1d232a",
    "primary": "#6fb1d6",
    "secondary": "#8b98a5",
    "success": "#6bbf8a",
    "warning": "#e0b050",
    "error": "#e07a70",
}
AT_FIRST = {
    "notice": "",
    "notice_is_error": False,
    "panel_tab": "result",
    "teaching_at": 0,
    "calibrate_length": "",
    "limits_within_path": "",
    "limits_exclude_path": "",
    "opening_shown": False,
    "opening_typed": "",
    "opening_folder": "",
    "opening_parent": "",
    "opening_rows": [],
    "opening_left_out": 0,
    "dialog_help_shown": False,
    "dialog_card_shown": False,
    "dialog_card_html": "",
    "shortcut_last_layer": None,
}
"""State of the page that no part's facts hold."""
VUETIFY = {
    "theme": {"defaultTheme": "dark", "themes": {"dark": {"dark": True, "colors": COLOURS}}},
    "defaults": {
        "VBtn": {"style": "text-transform: none; letter-spacing: 0"},
        "VSlider": {"color": "primary", "thumbSize": 14, "trackSize": 3},
        "VSwitch": {"color": "primary", "density": "compact", "hideDetails": True},
    },
}


def build_page(server: Server, views: Views) -> None:
    """Build the page once; from then on only its state changes."""
    server.state.trame__title = TITLE
    server.state.trame__favicon = None
    server.state.trame__template_error = template("ended")
    with VAppLayout(server, vuetify_config=VUETIFY) as page:
        page.root.theme = "dark"
        client.Style((TEMPLATES / "style.css").read_text(encoding="utf-8"))
        client.Script((TEMPLATES / "keys.js").read_text(encoding="utf-8"))
        with html.Div(classes="shell"):
            html.Div(template("strip"), classes="shell-top")
            with html.Div(classes="shell-body"):
                html.Div(template("worklist"), classes="shell-left")
                html.Div(template("correct"), classes="shell-tools")
                with html.Div(classes="shell-views"):
                    views.build(page)
                    html.Div(template("over_views"))
                html.Div(template("panel"), classes="shell-right")
        html.Div(template("dialogs"))


def template(name: str) -> str:
    """A part of the page as Vue markup; ``<part name="x" />`` stands for another one."""
    markup = (TEMPLATES / f"{name}.html").read_text(encoding="utf-8")
    before, mark, rest = markup.partition('<part name="')
    while mark:
        inner, _, after = rest.partition('" />')
        markup = before + template(inner) + after
        before, mark, rest = markup.partition('<part name="')
    return markup
