"""Opens a report in a real browser and looks at it: it renders in both colours, sorts, filters, shows configurations,
says nothing on the console and asks nobody for anything.

    pip install playwright                       # with a chromium of the system, or: playwright install chromium
    coadapt study report studies/smoke.toml --out reports/smoke
    python3 tools/check_report.py reports/smoke/report.html --pictures /tmp/pictures

Pictures (desk and phone, light and dark) are written for a person to look at. Without playwright or a browser it says so
and ends with 77, which test runners read as "skipped".
"""

import argparse
import pathlib
import shutil
import sys

SKIPPED = 77


def browser_of(playwright):
    system = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    arguments = ["--no-sandbox", "--disable-gpu"]
    return playwright.chromium.launch(executable_path=system, args=arguments)


class Check:
    """A page, what it said and what it asked for, and what was found wrong with it."""

    def __init__(self, browser, url, size, scheme):
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.page = self.context.new_page()
        self.said, self.asked, self.faults = [], [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(url)

    def expect(self, truth, what):
        if not truth:
            self.faults.append(what)

    def quiet(self, url):
        self.expect(not self.said, f"the console says {self.said}")
        # The empty icon is a data: address and leaves the page as little as the page itself.
        others = [asked for asked in self.asked if asked.split("#")[0] != url and not asked.startswith("data:")]
        self.expect(not others, f"it asks for {others}")

    def fits(self):
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        self.expect(wide <= 0, f"the page is {wide} px wider than the window")


def sorts(check):
    """Every heading of every table sorts its column up and down."""
    page = check.page
    for sheet in page.query_selector_all(".sheet"):
        name = sheet.get_attribute("id")
        for column, heading in enumerate(sheet.query_selector_all("thead th")):
            heading.query_selector("button").click()
            first = heading.get_attribute("aria-sort")
            numeric = "n" in (heading.get_attribute("class") or "").split()
            keys = sheet.evaluate(
                """(sheet, column) => [...sheet.querySelectorAll('tbody tr')].map(
                    (row) => row.children[column].dataset.key ?? null)""",
                column,
            )
            if numeric:
                values = [float(key) for key in keys if key is not None]
                check.expect(first == "descending", f"{name}: column {column} begins {first}")
                check.expect(values == sorted(values, reverse=True), f"{name}: column {column} is not sorted: {values}")
                check.expect(None not in keys[: len(values)], f"{name}: column {column} has gaps before numbers")
            heading.query_selector("button").click()
            check.expect(heading.get_attribute("aria-sort") != first, f"{name}: column {column} does not turn")


def filters(check):
    """A filter leaves the rows that have the word, and an empty one leaves all."""
    count = """(sheet, word) => {
        const rows = [...sheet.querySelectorAll('tbody tr')];
        const field = sheet.querySelector('.filter input');
        field.value = word;
        field.dispatchEvent(new Event('input'));
        const shown = rows.filter((row) => getComputedStyle(row).display !== 'none').length;
        const wanted = rows.filter((row) => row.textContent.toLowerCase().includes(word.toLowerCase())).length;
        return [shown, wanted, rows.length];
    }"""
    for sheet in check.page.query_selector_all(".sheet:has(.filter)"):
        word = sheet.query_selector("tbody tr th").evaluate("cell => cell.firstChild.textContent")
        for typed in [word, word.upper(), "no row has this", ""]:
            shown, wanted, rows = sheet.evaluate(count, typed)
            check.expect(shown == wanted, f"{typed!r} leaves {shown} of {rows} rows, not {wanted}")
            check.expect(typed or shown == rows, "an empty filter hides rows")


def lists_runs(check):
    """The list of runs narrows, sorts and turns its pages."""
    page = check.page
    total = page.evaluate("JSON.parse(document.getElementById('data').textContent).runs.length")
    shown = len(page.query_selector_all("#runs-table tbody tr"))
    check.expect(shown == min(total, 100), f"{shown} of {total} runs are shown")
    page.select_option("#runs-arm", "0")
    arms = page.evaluate("new Set([...document.querySelectorAll('#runs-table tbody th')].map(c => c.textContent)).size")
    check.expect(arms == 1, f"one variant is chosen, {arms} are shown")
    page.select_option("#runs-arm", "")
    page.click("#runs-table thead th:nth-child(5) button")
    check.expect(page.get_attribute("#runs-table thead th:nth-child(5)", "aria-sort") == "descending", "no sorting of runs")
    if total > 100:
        page.click("#runs-after")
        check.expect("Page 2" in page.text_content("#runs-page"), "the second page does not come")


def shows_configurations(check, pictures):
    """One click from a run or a variant leads to its whole configuration; the keyboard closes it again."""
    page = check.page
    for button in ["#runs-table button.recipe", "#results button.recipe"]:
        page.click(button)
        dialog = page.query_selector("dialog#config")
        check.expect(dialog.is_visible(), f"{button} opens nothing")
        text = page.text_content("#config-text")
        check.expect(all(word in text for word in ["algo = ", "steps = ", "[method]", "[method.schedule]"]), text[:200])
        if pictures and button.startswith("#runs"):
            page.screenshot(path=pictures / "configuration.png")
        page.keyboard.press("Escape")
        check.expect(not dialog.is_visible(), "Escape does not close it")


def themes(check):
    """The toggle overrules the system, and Auto gives it back."""
    page = check.page
    ground = lambda: page.evaluate("getComputedStyle(document.body).backgroundColor")
    automatic = ground()
    seen = {}
    for theme in ["light", "dark", "auto"]:
        page.check(f".theme input[value={theme}]", force=True)
        seen[theme] = ground()
    check.expect(seen["light"] != seen["dark"] and seen["auto"] == automatic, f"the colours are {seen}")


def legends(check):
    """A name in a legend is a button that hides its line, for the keyboard too."""
    key = check.page.query_selector(".chart .key[tabindex]")
    if key:
        key.focus()
        check.page.keyboard.press("Enter")
        check.expect(key.get_attribute("aria-pressed") == "false", "a name in a legend does not hide its line")
        check.page.keyboard.press("Enter")
        check.expect(key.get_attribute("aria-pressed") == "true", "a hidden line does not come back")


def whole_pictures(check, pictures, name):
    if pictures:
        check.page.screenshot(path=pictures / f"{name}.png", full_page=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=pathlib.Path, help="a report.html")
    parser.add_argument("--pictures", type=pathlib.Path, help="a folder for pictures")
    arguments = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("skipped: playwright is not installed")
        return SKIPPED
    url = arguments.report.resolve().as_uri()
    pictures = arguments.pictures
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    faults = []
    with sync_playwright() as playwright:
        try:
            browser = browser_of(playwright)
        except Exception as error:
            print(f"skipped: no browser starts ({str(error).splitlines()[0]})")
            return SKIPPED
        for size, device in [((1280, 900), "desk"), ((390, 844), "phone")]:
            for scheme in ["light", "dark"]:
                check = Check(browser, url, size, scheme)
                check.fits()
                whole_pictures(check, pictures, f"{device}-{scheme}")
                for examine in [sorts, filters, lists_runs, themes, legends]:
                    examine(check)
                shows_configurations(check, pictures if (device, scheme) == ("desk", "light") else None)
                check.quiet(url)
                faults += [f"{device}, {scheme}: {fault}" for fault in check.faults]
                check.context.close()
        browser.close()
    for fault in faults:
        print(fault)
    print("faults: " + str(len(faults)) if faults else "the report is in order")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
