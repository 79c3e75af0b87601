import type {Explanation} from './explanations/explanation.ts';
import {halfOn, neitherWay, notTaken, overridden, upgradedAway} from './explanations/neither-way.ts';
import {cannotCallPortmap, noOwnMapping, otherFile, otherSandboxFault, portmapFails} from './explanations/node.ts';
import {
	application,
	firewall,
	hostFirewall,
	lateAddress,
	nativeDrop,
	newNode,
	portTaken,
	openLoopback,
	reversePathFilter,
	selinuxDenies,
	wrongAddress,
} from './explanations/around.ts';
import {nothingWrong, otherNode, otherNetwork} from './explanations/outside.ts';
import {unexplainedSilence} from './explanations/silence.ts';
import {
	agentFault,
	flushed,
	olderPod,
	policy,
	programRefused,
	service,
	sctp,
	sharedEntry,
	sidecarPort,
	staleRules,
	twoWorlds,
	udp,
} from './explanations/wiring.ts';

export type {Explanation} from './explanations/explanation.ts';

/** What each code means, in the order of the codes. */
export const explanations: readonly Explanation[] = [
	neitherWay,
	halfOn,
	cannotCallPortmap,
	notTaken,
	olderPod,
	otherFile,
	overridden,
	staleRules,
	flushed,
	twoWorlds,
	agentFault,
	policy,
	hostFirewall,
	firewall,
	portTaken,
	service,
	udp,
	noOwnMapping,
	otherNetwork,
	upgradedAway,
	wrongAddress,
	application,
	nothingWrong,
	otherNode,
	otherSandboxFault,
	newNode,
	sharedEntry,
	openLoopback,
	nativeDrop,
	unexplainedSilence,
	portmapFails,
	reversePathFilter,
	sidecarPort,
	lateAddress,
	selinuxDenies,
	programRefused,
	sctp,
];

/** What a code means; undefined where there is no such code. Case does not matter. */
export function explain(code: string): Explanation | undefined {
	return explanations.find(each => each.code.toLowerCase() === code.trim().toLowerCase());
}
