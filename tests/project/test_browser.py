"""Browser tests run where Chromium is; elsewhere they say so, and in CI they fail."""

import os
import subprocess
import sys

import pytest

PAGE = '<html lang="zh-CN"><body><h1>月度考评通报</h1><img src="http://127.0.0.1:9/x.png"></body></html>'
BROWSER_TEST = "test_browser_renders_a_page_and_sees_its_requests"


@pytest.mark.browser
def test_browser_renders_a_page_and_sees_its_requests(browser):
    page = browser.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.set_content(PAGE)
    assert page.inner_text("h1") == "月度考评通报"
    assert "http://127.0.0.1:9/x.png" in requests


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")])
def test_missing_chromium_is_skipped_by_name_but_fails_in_ci(ci: str, outcome: str):
    command = [sys.executable, "-m", "pytest", "-rsE", "-p", "no:cacheprovider", f"{__file__}::{BROWSER_TEST}"]
    run = subprocess.run(command, env=os.environ | {"PATH": "", "CI": ci}, capture_output=True, text=True, check=False)
    assert outcome in run.stdout
    assert "no Chromium on this machine" in run.stdout
