import {remedyFor} from './agent-remedies/index.ts';
import type {NodeView} from './node-view.ts';

/** Why an agent does not run or is not ready, by its own last line, and what to do about it. `ended`: it was its last. */
export type LastWords = {readonly line: string; readonly says: string; readonly remedy: string; readonly ended: boolean};

/** The last line with which an agent ended, by its log or by what the kubelet tells of its last run; undefined where neither says it. */
export function lastWords({observation, node}: Pick<NodeView, 'observation'> & Partial<Pick<NodeView, 'node'>>): LastWords | undefined {
	const told = node?.agent?.ready === false ? [node.agent.trouble] : [];
	const line = [unfinished(observation?.agentLog ?? []), told]
		.flatMap(lines => [isLast, isError, isRetried].map(kind => lines.findLast(kind)))
		.find(Boolean);
	if (line === undefined) return undefined;
	const {says, whole} = messageIn(line);
	return {line, says, ended: !isRetried(line), remedy: remedyFor(whole) ?? 'Repair what it names; the lines before it tell more.'};
}

const isLast = (line: string): boolean => /level=(?:fatal|panic)|"level":"(?:fatal|panic)"|panic:/i.test(line);
const isError = (line: string): boolean => /level=error|"level":"error"/i.test(line);

/**
 * Said as information, again and again, by an agent that runs on, and the line after which it is no longer true (daemon/cmd/cni/config.go,
 * pkg/k8s/synced/crd.go).
 */
const retries = [
	{says: /Failed to write CNI config/, until: /Wrote CNI configuration file/},
	{says: /waiting for Cilium Operator to register CRDs/, until: /All Cilium CRDs have been found/},
] as const;
const isRetried = (line: string): boolean => retries.some(({says}) => says.test(line));

/** Without what the agent was waiting for until it came. */
function unfinished(lines: readonly string[]): readonly string[] {
	return lines.filter(
		(line, index) => !retries.some(({says, until}) => says.test(line) && lines.slice(index).some(later => until.test(later))),
	);
}

/**
 * What a line says without its frame: `error=` in full, which is the root, else `msg=`, or the line itself; `whole`: both. logrus and slog quote
 * values that hold blanks, in Go's way; as JSON the same fields (Cilium, pkg/logging).
 */
function messageIn(line: string): {readonly says: string; readonly whole: string} {
	const field = (name: string): string =>
		new RegExp(`(?:^|[\\s{,])(?:"${name}":\\s*|${name}=)(?:"((?:[^"\\\\]|\\\\.)*)(?:"|$)|(\\S+))`)
			.exec(line)
			?.slice(1)
			.find(Boolean)
			?.replaceAll(/\\(["\\])/g, '$1') ?? '';
	const [error, message] = [field('error') || field('err'), field('msg')];
	const whole = [message, error].filter(Boolean).join(': ') || /panic: .*/.exec(line)?.[0] || line;
	// `timeout` and `exit status 1` say nothing without what was tried.
	const says = error.length < 20 ? whole : error;
	return {says: says.replace(frames, ''), whole};
}

/** What the agent's own layers put before an error (daemon/cmd/root.go; cilium/hive, hive.go). */
const frames =
	/^(?:(?:unable to run agent|failed to start|failed to populate object graph|daemon (?:creation|configuration) failed|failed to init and validate daemon config|requirements failed|Start failed): )+/i;
