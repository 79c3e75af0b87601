import type {Observation} from '../evidence/evidence.ts';

/** Programs of eBPF that the agent cannot load, or that are not where they should be. */
export type RefusedPrograms = {
	/** The node's own endpoint is among them: the program of its devices. */
	readonly isHost: boolean;
	/** Devices of Cilium that were seen to have no program. */
	readonly bareDevices: readonly string[];
	/** Endpoints that the agent fails to renew again and again. */
	readonly endpoints: readonly string[];
	/** Lines of the agent's log that say why; of each endpoint the newest. */
	readonly lines: readonly string[];
};

/**
 * What the kernel, or the compiler before it, refused of the agent's programs; undefined where nothing speaks for it. Neither `service list`
 * nor `bpf lb list` shows it, nor does the state in the status: the entries are there, and no program looks at them (1.15.19 with IPv6 on Linux
 * 6.18). A line of the log tells (“Error while rewriting endpoint BPF program”, later “reloading”: pkg/endpoint/bpf.go), a device without its program, and where it lasts
 * the controller that tries again (pkg/endpoint/policy.go: startRegenerationFailureHandler).
 * @param isStray whether an endpoint is no pod's, by its newest line of the log: then nothing is refused for it
 */
export function refusedPrograms(observation: Observation, isStray: (line: string) => boolean = () => false): RefusedPrograms | undefined {
	const {agentStatus, agentLog} = observation;
	const newest = new Map<string, string>();
	for (const line of agentLog.filter(each => /re(?:load|writ)ing endpoint BPF program/u.test(each))) {
		newest.set(/\bendpointID"?[=:]\s*"?(\d+)/u.exec(line)?.[1] ?? '', line);
	}

	const failing = (agentStatus?.failing ?? [])
		.flatMap(({name}) => /^endpoint-(\d+)-regeneration-recovery$/u.exec(name)?.[1] ?? [])
		.filter(endpoint => !isStray(newest.get(endpoint) ?? ''));
	const bare = bareDevices(observation);
	if (failing.length === 0 && bare.length === 0) return undefined;
	const ofHost = [...newest.values()].filter(isOfHost);
	const ofFailing = failing.flatMap(endpoint => newest.get(endpoint) ?? []);
	return {
		isHost: (bare.length > 0 && ofHost.length > 0) || ofFailing.some(isOfHost),
		bareDevices: bare,
		endpoints: failing,
		lines: [...new Set([...(bare.length > 0 ? ofHost : []), ...ofFailing])],
	};
}

/** Cilium's devices that were seen without its program: refused, or not there yet while the agent compiles. */
export function bareDevices({agentStatus, programDevices}: Observation): readonly string[] {
	return programDevices === null || agentStatus?.hostPortEnabled !== true
		? []
		: agentStatus.devices.filter(name => !programDevices.includes(name));
}

/** Identity 1 is reserved:host, the node itself (pkg/identity/numericidentity.go). */
const isOfHost = (line: string): boolean => /\bidentity"?[=:]\s*"?1\b/u.test(line);
