import {ActionableError} from '../../errors.ts';
import type {StepContext} from '../step-work.ts';

/**
 * A repair must not take a Service's traffic: portmap's rules can, where the Service has a hostPort's number (HP15).
 * @throws ActionableError that names each Service that answered before the repair and does not now
 */
export async function assertServicesKept({lostServices, signal}: Pick<StepContext, 'lostServices' | 'signal'>): Promise<void> {
	const lost = (await lostServices?.(signal)) ?? [];
	if (lost.length === 0) return;
	throw new ActionableError(
		`the repair takes traffic of a Service: ${lost.slice(0, 3).join('; ')}`,
		'Roll back: kubectl hostport rollback. See: kubectl hostport explain HP15',
	);
}
