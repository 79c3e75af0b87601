import {mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {expect} from 'vitest';
import {check, type Checked} from './product.ts';

/**
 * Looks at the cluster as it is, and again at the evidence that this look saved, with no cluster: both must judge alike. The evidence is
 * not redacted, for redacting changes addresses that judgement compares with what a person typed.
 */
export async function expectSavedToAgree(words: readonly string[] = []): Promise<Checked> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-'));
	try {
		const file = path.join(folder, 'evidence.json');
		const live = await check([...words, '--save', file, '--no-redact']);
		const saved = await check(['--from', file], {kubeconfig: path.join(folder, 'no-such-kubeconfig')});
		const judged = ({result, exitCode}: Checked): unknown => ({
			findings: result.findings,
			nodes: result.nodes,
			hostPorts: result.hostPorts,
			exitCode,
		});
		expect(judged(saved)).toEqual(judged(live));
		return live;
	} finally {
		await rm(folder, {recursive: true});
	}
}
