"""JupyterLab reads Chinese on a machine that has no Chinese font: the fonts come with the project's packages."""

from importlib.resources import files
from pathlib import Path

c = get_config()  # noqa: F821  Jupyter's own name in such a file
c.LabApp.custom_css = True
c.ServerApp.tornado_settings = {
    "static_custom_path": [str(Path(__file__).with_name("custom")), str(files("pylopdf_fonts_zh_cn"))]
}
