"""deploy/ and compose.yaml: what they say is valid, safe, and fits the program."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from platewise.cli.main import VERBS
from platewise.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
KUBERNETES = ROOT / "deploy" / "kubernetes"
KUSTOMIZATIONS = sorted(KUBERNETES.rglob("kustomization.yaml"))
VERSION = "1.31"


def _documents() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(KUBERNETES.rglob("*.yaml")):
        if path not in KUSTOMIZATIONS:
            for document in yaml.safe_load_all(path.read_text("utf-8")):
                yield f"{path.stem}: {document['kind']} {document['metadata']['name']}", document


DOCUMENTS = dict(_documents())
WORKLOADS = {
    name: one for name, one in DOCUMENTS.items() if one["kind"] in ("Deployment", "StatefulSet", "Job")
}
PODS = {name: one["spec"]["template"] for name, one in WORKLOADS.items()}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_each_manifest_keeps_the_schema(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, VERSION, strict=True)


def test_a_mistake_would_be_found() -> None:
    wrong = yaml.safe_load(yaml.safe_dump(DOCUMENTS["server: Deployment platewise-server"]))
    wrong["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


@pytest.mark.parametrize("path", KUSTOMIZATIONS, ids=lambda path: path.parent.name)
def test_each_kustomization_names_what_is_there(path: Path) -> None:
    told = yaml.safe_load(path.read_text("utf-8"))
    assert set(told) <= {"apiVersion", "kind", "namespace", "labels", "resources", "images"}
    named = {(path.parent / name).resolve() for name in told["resources"]}
    assert all(one.is_file() or (one / "kustomization.yaml").is_file() for one in named)
    assert {one for one in path.parent.glob("*.yaml") if one != path} <= named, "a file is left out"


@pytest.mark.parametrize("template", PODS.values(), ids=PODS)
def test_each_pod_is_confined(template: dict[str, Any]) -> None:
    spec = template["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        safe = container["securityContext"]
        assert safe == {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }
        for bound in ("requests", "limits"):
            assert set(container["resources"][bound]) == {"cpu", "memory"}
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        claimed = {one["metadata"]["name"] for one in _claims(template)}
        assert mounted == {volume["name"] for volume in spec["volumes"]} | claimed


def _claims(template: dict[str, Any]) -> list[dict[str, Any]]:
    workload = next(one for one in WORKLOADS.values() if one["spec"]["template"] is template)
    claims: list[dict[str, Any]] = workload["spec"].get("volumeClaimTemplates", [])
    return claims


LASTING = {name: one for name, one in WORKLOADS.items() if one["kind"] != "Job"}


@pytest.mark.parametrize("workload", LASTING.values(), ids=LASTING)
def test_what_lasts_is_probed_and_selects_itself(workload: dict[str, Any]) -> None:
    template = workload["spec"]["template"]
    assert workload["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    for container in template["spec"]["containers"]:
        assert "livenessProbe" in container
        assert "readinessProbe" in container or "ports" not in container


def test_budgets_services_and_scalers_point_at_something() -> None:
    labels = [template["metadata"]["labels"] for template in PODS.values()]
    deployments = {one["metadata"]["name"]: one for one in LASTING.values() if one["kind"] == "Deployment"}
    for one in DOCUMENTS.values():
        spec = one.get("spec", {})
        if one["kind"] == "Service":
            assert spec["selector"] in labels
        if one["kind"] == "PodDisruptionBudget":
            mine = deployments[one["metadata"]["name"]]
            assert spec["selector"]["matchLabels"] == mine["spec"]["selector"]["matchLabels"]
            assert spec["minAvailable"] < mine["spec"]["replicas"], "no machine could ever be emptied"
        if one["kind"] == "HorizontalPodAutoscaler":
            target = deployments[spec["scaleTargetRef"]["name"]]
            assert spec["minReplicas"] == target["spec"]["replicas"]
    assert set(deployments) == {
        one["metadata"]["name"] for one in DOCUMENTS.values() if one["kind"] == "PodDisruptionBudget"
    }


def test_settings_exist_and_mean_something() -> None:
    data = DOCUMENTS["settings: ConfigMap platewise"]["data"]
    known = {PREFIX + field.name.upper() for field in fields(Settings)}
    assert set(data) <= known
    Settings.from_env(data)


def test_what_the_procfile_starts_is_installed() -> None:
    """Hosts with a Procfile install requirements.txt and nothing else."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    (line,) = (line for line in lines if not line.startswith("#"))
    found = re.fullmatch(r"\.\[([a-z,]+)\]", line)
    assert found, "it installs this project with some extras"
    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert {"serve", "postgres"} <= set(found[1].split(",")) <= set(known)


def test_verbs_exist() -> None:
    verbs = {module.__name__.rpartition(".")[2].replace("_", "-") for module in VERBS}
    for template in PODS.values():
        for container in template["spec"]["containers"]:
            if container["image"] == "platewise":
                assert container["args"][0] in verbs


def test_compose_services_are_confined() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    own = [one for one in services.values() if one.get("build") == "."]
    assert own
    for one in own:
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert one["restart"] == "unless-stopped"
