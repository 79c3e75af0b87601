import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {messageOf} from '../../errors.ts';
import {fieldManager} from '../acts/field-manager.ts';
import type {Plan} from '../plan/plan.ts';
import {kindOf} from '../steps/index.ts';

/** Sends every write of a plan that the server can try without doing it; a line for each, with the server's answer. */
export async function dryRunOnServer(client: ClusterClient, {steps}: Plan, signal: AbortSignal): Promise<string[]> {
	const tries = steps.flatMap(step => {
		const request = kindOf(step).dryRun?.(step.parameters);
		return request === undefined ? [] : [{title: step.title, request}];
	});
	return Promise.all(
		tries.map(async ({title, request}) => {
			try {
				await client.request({...request, query: {fieldManager, dryRun: 'All'}, signal});
				return `the server accepts: ${title}`;
			} catch (error) {
				signal.throwIfAborted();
				return `the server refuses: ${title}: ${messageOf(error)}`;
			}
		}),
	);
}
