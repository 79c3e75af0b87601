import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {check, type Checked} from './product.ts';
import {root} from './tested-cluster.ts';

const folder = path.join(root, 'test/evidence/scenes');

/**
 * Looks at the cluster as it is. With RECORD=1 what was seen is kept, redacted, as `test/evidence/scenes/NAME.json`, and its row
 * in the index there is written anew, so that the engine's tests meet the same scene without a cluster.
 */
export async function look(name: string): Promise<Checked> {
	const temporary = await mkdtemp(path.join(os.tmpdir(), 'hostport-scene-'));
	try {
		const file = path.join(temporary, 'evidence.json');
		const checked = await check(['--save', file]);
		if (process.env['RECORD'] === '1') await record(name, file, checked);
		return checked;
	} finally {
		await rm(temporary, {recursive: true});
	}
}

async function record(name: string, file: string, {result}: Checked): Promise<void> {
	await writeFile(path.join(folder, `${name}.json`), `${JSON.stringify(JSON.parse(await readFile(file, 'utf8')))}\n`);
	const indexFile = path.join(folder, 'index.json');
	const index = JSON.parse(await readFile(indexFile, 'utf8')) as Record<string, unknown>;
	const [first] = result.findings;
	index[name] = {
		made: 'recorded',
		cilium: result.cluster.cilium.version,
		code: first?.code,
		severity: first?.severity,
		nodes: first?.nodes,
		findings: result.findings.map(({code, severity, nodes}) => [code, severity, ...nodes].join(' ')),
		verdicts: result.nodes.map(({name: node, verdict}) => `${node} ${verdict}`),
		states: result.hostPorts.map(port => `${port.pod} ${port.hostPort}/${port.protocol} ${port.state}`),
	};
	const sorted = Object.fromEntries(Object.entries(index).sort(([one], [other]) => (one < other ? -1 : 1)));
	await writeFile(indexFile, `${JSON.stringify(sorted, undefined, '\t')}\n`);
}
