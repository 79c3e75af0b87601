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
			: ['Commit the values named above where cilium-config is made, or it is undone.']),
		...leftLines(podsLeft(planning)),
		...notMended(diagnosis),
		...leftOut.map(({name}) => `${name} was left out: run fix again when it answers.`),
		'What stands before the nodes (security group, firewall) has to let the hostPorts in.',
	];
}

/** One finding a line with what helps: faults that no step of a repair touches, so that a finished run is not taken for their cure. */
export function notMended({findings}: Pick<Diagnosis, 'findings'>): string[] {
	return findings
		.filter(({severity, repairable}) => severity !== 'info' && !repairable)
		.map(({code, title, remedy}) => `fix does not repair ${code}: ${title}. ${remedy}`);
}
