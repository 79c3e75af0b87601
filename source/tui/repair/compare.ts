import {client, hostPortName, type Diagnosis, type HostPortDiagnosis} from '../../diagnosis/diagnosis.ts';
import type {Proof} from '../../proof/proof.ts';

/** A hostPort as it was and as it is; pods that restarted are found by their owner. */
export type Comparison = {
	readonly was: HostPortDiagnosis | null;
	readonly is: HostPortDiagnosis | null;
	readonly wasAnswers: Answers | null;
	readonly isAnswers: Answers | null;
};

/** How many of the connections that were tried have worked; `error` is that of the first which did not. */
export type Answers = {readonly worked: number; readonly tried: number; readonly error: string};

/** Every hostPort of both sides, those that do not work first. @param proof what was connected to afterwards */
export function compare(before: Diagnosis, after: Diagnosis, proof: Proof | null): readonly Comparison[] {
	const left = new Set(before.hostPorts);
	const pairs = new Map<HostPortDiagnosis, HostPortDiagnosis>();
	// The same pod before the same node, and that before any pod of the same owner.
	for (const isSame of [samePod, sameNode, sameOwner]) {
		for (const is of after.hostPorts) {
			if (pairs.has(is)) continue;
			const was = [...left].find(each => isSame(each, is));
			if (was === undefined) continue;
			pairs.set(is, was);
			left.delete(was);
		}
	}

	const rows: Comparison[] = [
		...after.hostPorts.map(is => ({
			was: pairs.get(is) ?? null,
			is,
			wasAnswers: heardBefore(pairs.get(is)),
			isAnswers: answersOf(is, proof),
		})),
		...[...left].map(was => ({was, is: null, wasAnswers: heardBefore(was), isAnswers: null})),
	];
	return rows.sort((a, b) => Number(works(a)) - Number(works(b)));
}

/** It was connected to, and every connection worked. */
export function works({is, isAnswers}: Comparison): boolean {
	return is !== null && isAnswers !== null && isAnswers.worked === isAnswers.tried;
}

const sameOwner = (a: HostPortDiagnosis, b: HostPortDiagnosis): boolean =>
	a.namespace === b.namespace &&
	a.hostPort === b.hostPort &&
	a.protocol === b.protocol &&
	a.hostIP === b.hostIP &&
	(a.owner === '' ? a.pod === b.pod : a.owner === b.owner);
const sameNode = (a: HostPortDiagnosis, b: HostPortDiagnosis): boolean => a.node === b.node && sameOwner(a, b);
const samePod = (a: HostPortDiagnosis, b: HostPortDiagnosis): boolean => a.pod === b.pod && sameNode(a, b);

/** What other nodes and its own heard when it was looked at; this machine may stand outside. */
function heardBefore(port: HostPortDiagnosis | undefined): Answers | null {
	const heard = (port?.answers ?? []).filter(({from}) => from !== client);
	if (heard.length === 0) return null;
	return {worked: heard.filter(({ok}) => ok).length, tried: heard.length, error: heard.find(({ok}) => !ok)?.error ?? ''};
}

function answersOf(port: HostPortDiagnosis, proof: Proof | null): Answers | null {
	if (proof === null) return null;
	const name = hostPortName(port);
	const results = proof.results.filter(({hostPort, verdict}) => hostPort === name && (verdict === 'works' || verdict === 'fails'));
	if (results.length === 0) return null;
	const failed = results.find(({verdict}) => verdict === 'fails');
	return {worked: results.filter(({verdict}) => verdict === 'works').length, tried: results.length, error: failed?.error ?? ''};
}
