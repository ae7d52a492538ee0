"""A Ray cluster of several machines, played by processes of this one; it hears on standard input.

It prints its address; ``kill`` loses a machine without warning, ``end`` takes all down.
"""

import os
import sys
from typing import Any

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

from ray.cluster_utils import Cluster

STORE = 100 * 2**20
TRIES = 3
"""Ray gives a machine 30 s to come up, which one that is busy with other things may not make."""


def begin(machines: int, tries: int = TRIES) -> tuple[Cluster, list[Any]]:
    cluster = Cluster()
    try:
        cluster.add_node(num_cpus=0, object_store_memory=STORE, include_dashboard=False)
        return cluster, [cluster.add_node(num_cpus=1, object_store_memory=STORE) for _ in range(machines)]
    except Exception:
        cluster.shutdown()
        if tries == 1:
            raise
        return begin(machines, tries - 1)


def main(machines: int) -> None:
    cluster, nodes = begin(machines)
    print(f"address {cluster.address}", flush=True)
    for line in sys.stdin:
        if line.strip() == "kill":
            cluster.remove_node(nodes.pop(), allow_graceful=False)
            print("killed", flush=True)
        else:
            break
    cluster.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]))
