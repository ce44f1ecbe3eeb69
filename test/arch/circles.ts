import { importsOfTree } from './imports.ts';
import type { Tree, Violation } from './source.ts';

/**
 * Import cycles. Type imports count: when two files need each other's types, neither can be understood, moved or
 * replaced alone. Each file is reported in at most one cycle, the shortest one through it. The folder `test` is exempt:
 * its simulated world is one object in several files.
 */
export function circleViolations(tree: Tree): Violation[] {
  const graph = graphOf(tree);
  const reported = new Set<string>();
  return [...graph.keys()].toSorted().flatMap((path) => {
    const circle = reported.has(path) ? undefined : shortestCircle(graph, path);
    if (circle === undefined || circle.some((one) => reported.has(one))) return [];
    for (const one of circle) reported.add(one);
    return [`circle of imports: ${[...circle, path].join(' → ')}`];
  });
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

function graphOf(tree: Tree): Graph {
  const graph = new Map<string, Set<string>>();
  for (const { from, path } of importsOfTree(tree)) {
    if (path === undefined || !tree.has(path) || from.startsWith('test/')) continue;
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets.add(path));
  }
  return graph;
}

/** The files on the shortest import path from `start` back to itself, `start` first. */
function shortestCircle(graph: Graph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const path of queue) {
    for (const next of graph.get(path) ?? []) {
      if (next === start) return wayTo(path, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, path);
      queue.push(next);
    }
  }
  return undefined;
}

function wayTo(end: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [end];
  for (let at = cameFrom.get(end); at !== undefined; at = cameFrom.get(at)) way.unshift(at);
  return way;
}
