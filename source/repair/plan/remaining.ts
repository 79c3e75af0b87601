import type {Diagnosis} from '../../diagnosis/diagnosis.ts';
import {ownershipWarning} from './lasting-form.ts';
import {stepsRemaining} from '../steps/index.ts';
import type {Planning} from './planning.ts';
import {leftLines, podsLeft} from './workloads.ts';

/** What a plan leaves to the person, one line each. */
export function remaining(planning: Planning): string[] {
	const {view, diagnosis, changes, leftOut} = planning;
	return [
		...stepsRemaining(planning),
		...(ownershipWarning(view, changes) === undefined
			? []
			: ['Set the values named above where cilium-config is managed; otherwise the change is reverted.']),
		...leftLines(podsLeft(planning)),
		...notMended(diagnosis),
		...leftOut.map(({name}) => `${name} was skipped: run fix again when it is reachable.`),
		'Allow the hostPorts in the security groups and firewalls in front of the nodes.',
	];
}

/** One finding a line with what helps: faults that no step of a repair touches, so that a finished run is not taken for their cure. */
export function notMended({findings}: Pick<Diagnosis, 'findings'>): string[] {
	return findings
		.filter(({severity, repairable}) => severity !== 'info' && !repairable)
		.map(({code, title, remedy}) => `fix does not repair ${code}: ${title}. ${remedy}`);
}
