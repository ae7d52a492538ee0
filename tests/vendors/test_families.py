"""The families as a whole."""

import subprocess
import sys

from platewise.settings import PUSHED, VENDORS
from platewise.web.access.policies import VENDOR
from platewise.web.vendors.families import FAMILIES

from .conftest import Running


def test_every_family_has_routes_a_setting_and_a_scope_of_its_own(site: Running) -> None:
    from platewise.web.access.state import current

    assert tuple(FAMILIES) == VENDORS
    assert set(PUSHED) < set(VENDORS)
    app = site.served._app
    with app.app_context():
        policies = current().policies
    for name, blueprint in FAMILIES.items():
        mine = {
            policies[rule.endpoint].scope
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith(f"{blueprint.name}.")
        }
        assert mine == {f"{VENDOR}{name}"}


def test_the_scopes_are_offered_for_tokens(site: Running) -> None:
    from platewise.web.access import scopes

    with site.served._app.app_context():
        assert {f"{VENDOR}{name}" for name in VENDORS} <= set(scopes())


def test_the_command_alpr_needs_nothing_of_the_server() -> None:
    program = (
        "import platewise.dialects.openalpr, platewise.compat, sys; "
        "print([m for m in ('flask', 'defusedxml', 're2') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
