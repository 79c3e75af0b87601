import type {Observation} from '../evidence/evidence.ts';

/** Endpoints whose eBPF programs the agent cannot load: it tries again and again. */
export type RefusedPrograms = {
	/** The node's own endpoint is among them: the programs of its devices. Undefined where the log did not tell. */
	readonly isHost: boolean | undefined;
	readonly endpoints: readonly string[];
	/** Lines of the agent's log that say why; of each endpoint the newest. */
	readonly lines: readonly string[];
};

/**
 * What the kernel, or the compiler before it, refused of the agent's programs; undefined where the agent fails at none. Neither `service
 * list` nor `bpf lb list` shows it: the entries are there, and no program looks at them (1.15.19 with IPv6 on Linux 6.18: docs/paths.md). The
 * controller that tries again tells (pkg/endpoint/policy.go: startRegenerationFailureHandler), and the log why (pkg/endpoint/bpf.go).
 */
export function refusedPrograms({agentStatus, agentLog}: Pick<Observation, 'agentStatus' | 'agentLog'>): RefusedPrograms | undefined {
	const endpoints = (agentStatus?.failing ?? []).flatMap(({name}) => /^endpoint-(\d+)-regeneration-recovery$/u.exec(name)?.[1] ?? []);
	if (endpoints.length === 0) return undefined;
	const newest = new Map<string, string>();
	for (const line of agentLog) {
		const endpoint = /\bendpointID"?[=:]\s*"?(\d+)/u.exec(line)?.[1] ?? '';
		if (endpoints.includes(endpoint) && /reloading endpoint BPF program|loading eBPF collection/u.test(line)) newest.set(endpoint, line);
	}

	const lines = [...newest.values()];
	// Identity 1 is reserved:host, the node itself (pkg/identity/numericidentity.go).
	return {isHost: lines.length === 0 ? undefined : lines.some(line => /\bidentity"?[=:]\s*"?1\b/u.test(line)), endpoints, lines};
}
