"""The nodes of a decision model and the ways between them."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from bank.rules.models import AnyNode, DecisionModel, InputNode, OutputNode, TableNode


class Graph:
    """A model's nodes by id, and which stand before and behind each."""

    def __init__(self, model: DecisionModel) -> None:
        self.model = model
        self.nodes: dict[str, AnyNode] = {node.id: node for node in model.nodes}
        self.edges = sorted({(edge.source, edge.target) for edge in model.edges})
        self.before: dict[str, list[str]] = {name: [] for name in self.nodes}
        self.behind: dict[str, list[str]] = {name: [] for name in self.nodes}
        for source, target in self.edges:
            if source in self.nodes and target in self.nodes:
                self.before[target].append(source)
                self.behind[source].append(target)

    def order(self) -> Iterator[AnyNode]:
        """Give the nodes so that each comes behind those before it."""
        return (self.nodes[name] for name in TopologicalSorter(self.before).static_order())

    def faults(self) -> Iterator[str]:
        """Give what is wrong with the ways, as sentences."""
        if len(self.nodes) < len(self.model.nodes):
            yield "two nodes have one id"
            return
        lost = {name for edge in self.edges for name in edge} - self.nodes.keys()
        if lost:
            yield f"there is no node {min(lost)}, to which an edge goes"
            return
        ends = [
            [node.id for node in self.model.nodes if isinstance(node, kind)]
            for kind in (InputNode, OutputNode)
        ]
        if [len(each) for each in ends] != [1, 1]:
            yield "a model has one inputNode and one outputNode"
            return
        try:
            list(self.order())
        except CycleError:
            yield "a model goes round in no circle"
            return
        yield from self._astray(ends[0][0], ends[1][0])
        yield from self._end_faults(ends[1][0])

    def _astray(self, first: str, last: str) -> Iterator[str]:
        from_first, to_last = _reached(self.behind, first), _reached(self.before, last)
        for name in self.nodes:
            if name not in from_first or name not in to_last:
                yield f"node {name}: it stands on no way from the facts to the answer"

    def _end_faults(self, last: str) -> Iterator[str]:
        paths = []
        for name, node in self.nodes.items():
            table = node.content if isinstance(node, TableNode) else None
            collects = bool(table and table.policy == "collect")
            if collects and (self.behind[name] != [last] or (table and table.passes_through)):
                yield f"node {name}: a table that collects leads to the answer alone and passes nothing on"
            if table and table.path and not collects:
                yield f"node {name}: only a table that collects has an outputPath"
            if name in self.before[last]:
                paths.append(table.path if table else None)
                if not collects:
                    yield f"node {name}: what leads to the answer is a table that collects hits"
        if len(paths) > 1 and len(set(filter(None, paths))) < len(paths):
            yield "several tables that lead to the answer have an outputPath each"


def _reached(ways: dict[str, list[str]], start: str) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        new = set(ways[waiting.pop()]) - reached
        reached |= new
        waiting += new
    return reached
