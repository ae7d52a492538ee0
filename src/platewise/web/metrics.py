"""Numbers for Prometheus."""

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram

from platewise import clock
from platewise.vision.reads import STAGES, Reads


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        """Start all at nought."""
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "platewise_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "platewise_request_seconds", "Time to answer.", ("route",), registry=self.registry
        )
        self._reads = Counter("platewise_reads", "Plates read.", ("readable",), registry=self.registry)
        self._stages = Histogram(
            "platewise_stage_seconds", "Time of each stage of reading.", ("stage",), registry=self.registry
        )

    def read(self, reads: Reads) -> None:
        """Count what one picture says."""
        for read in reads:
            self._reads.labels("yes" if read.plate else "no").inc()
        for stage in STAGES:
            self._stages.labels(stage).observe(reads.ms[stage] / 1e3)

    def answered(self, response: Response, seconds: float) -> None:
        """Count an answer under its route, never under the path: a path may hold a plate."""
        route = request.url_rule.rule if request.url_rule else "none"
        self._requests.labels(request.method, route, response.status_code).inc()
        self._seconds.labels(route).observe(seconds)


def register(app: Flask, metrics: Metrics) -> None:
    """Count every request."""

    @app.before_request
    def _start() -> None:
        g.started = clock.ticks()

    @app.after_request
    def _count(response: Response) -> Response:
        metrics.answered(response, clock.ticks() - g.get("started", clock.ticks()))
        return response
