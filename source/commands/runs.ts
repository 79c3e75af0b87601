import {exitCode, type ExitCode} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {columns} from '../output/columns.ts';
import type {Journal} from '../repair/journal.ts';
import {journalName} from '../repair/run/journal-config-map.ts';
import {openConnection} from '../session/connection.ts';
import {pastJournals} from '../session/past-runs.ts';
import {withTimeLimit} from '../session/time-limit.ts';
import type {Session} from '../session/session.ts';
import {wholeEvidence} from '../session/whole-evidence.ts';
import type {CommandContext} from './command.ts';
import {textFlag} from './flag-values.ts';
import {timeoutOf} from './look-in-time.ts';
import {sessionOf} from './session-of.ts';
import {tellGaps} from './tell.ts';

/** `runs [RUN]`: past runs of this cluster, newest first; `-o json` gives their journals in full. */
export async function run(context: CommandContext): Promise<ExitCode> {
	return withTimeLimit(sessionOf(context), timeoutOf(context), async session => list(context, session));
}

async function list(context: CommandContext, session: Session): Promise<ExitCode> {
	const client = await openConnection(session);
	try {
		const {evidence} = await wholeEvidence(client, session.signal);
		const namespace = evidence.cilium?.namespace ?? '';
		// Where Cilium may only not have been seen, its journals were not looked for.
		const isBlind = namespace === '' && evidence.gaps.length > 0;
		if (isBlind) tellGaps(context, evidence);
		const {journals, local, damaged} = await pastJournals(client, namespace, session.environment, session.signal);
		const [wanted] = context.words;
		const all = journals.filter(({id}) => wanted === undefined || id === wanted);
		for (const {error} of damaged) context.stderr.write(`${error.message}\n${error.hint}\n`);
		if (textFlag(context.flags, 'output') === 'json')
			context.stdout.write(`${JSON.stringify({apiVersion: 'hostport.dev/v1', kind: 'RunList', items: all}, null, 2)}\n`);
		else if (all.length > 0) context.stdout.write(table(all, local, namespace));
		else if (!isBlind) context.stdout.write('No runs.\n');
		return isBlind ? exitCode.incomplete : exitCode.well;
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
	return columns([
		['RUN', 'WAY', 'OUTCOME', 'STEPS', 'STARTED', 'BY', 'KEPT IN'],
		...rows.map(row => row.map(cell => printableLine(cell, 120))),
	]);
}
