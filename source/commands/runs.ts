import {exitCode, type ExitCode} from '../errors.ts';
import {clusterEvidence} from '../evidence/cluster-evidence.ts';
import {columns} from '../output/columns.ts';
import type {Journal} from '../repair/journal.ts';
import {journalName, listJournals} from '../repair/journal-config-map.ts';
import {listJournalFiles, runsFolder} from '../repair/journal-file.ts';
import {version} from '../version.ts';
import type {CommandContext} from './command.ts';
import {openConnection} from './connection.ts';
import {textFlag} from './flag-values.ts';

/** `runs [RUN]`: past runs of this cluster, newest first; `-o json` gives their journals in full. */
export async function run(context: CommandContext): Promise<ExitCode> {
	const client = await openConnection(context);
	try {
		const {evidence} = await clusterEvidence(client, {
			nodes: [],
			selector: undefined,
			namespace: undefined,
			version,
			signal: context.signal,
		});
		const namespace = evidence.cilium?.namespace ?? '';
		const {journals, damaged} = namespace === '' ? {journals: [], damaged: []} : await listJournals(client, namespace, context.signal);
		const local = (await listJournalFiles(runsFolder(context.environment))).filter(
			({id, plan}) => plan.server === client.server && !journals.some(each => each.id === id),
		);
		const [wanted] = context.words;
		const all = [...journals, ...local].filter(({id}) => wanted === undefined || id === wanted).sort((a, b) => (a.id < b.id ? 1 : -1));
		for (const name of damaged) context.stderr.write(`${namespace}/${name} cannot be read\n`);
		if (textFlag(context.flags, 'output') === 'json')
			context.stdout.write(`${JSON.stringify({apiVersion: 'hostport.dev/v1', kind: 'RunList', items: all}, null, 2)}\n`);
		else context.stdout.write(all.length === 0 ? 'No runs.\n' : table(all, new Set(local), namespace));
		return exitCode.well;
	} finally {
		await client.close();
	}
}

function table(journals: readonly Journal[], local: ReadonlySet<Journal>, namespace: string): string {
	const rows = journals.map(journal => [
		journal.id,
		journal.plan.choice.strategy,
		journal.outcome,
		`${Object.values(journal.entries).filter(({state}) => state === 'done').length}/${journal.plan.steps.length}`,
		journal.startedAt,
		journal.by,
		local.has(journal) ? 'this machine only' : `configmap ${namespace}/${journalName(journal.id)}`,
	]);
	return columns([['RUN', 'WAY', 'OUTCOME', 'STEPS', 'STARTED', 'BY', 'KEPT IN'], ...rows]);
}
