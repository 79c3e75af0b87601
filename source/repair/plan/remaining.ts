import type {Diagnosis} from '../../diagnosis/diagnosis.ts';
import {ownershipWarning} from './lasting-form.ts';
import {podsNotRestartedBySteps, stepsRemaining} from '../steps/index.ts';
import type {Planning} from './planning.ts';
import type {Plan} from './plan.ts';
import {listed} from '../../words.ts';

const mostNamed = 5;

/** What a plan leaves to the person, one line each. */
export function remaining(planning: Planning): string[] {
	const {view, diagnosis, changes, unreachable} = planning;
	const owner = ownershipWarning(view, changes);
	return [
		...stepsRemaining(planning),
		...(owner === undefined ? [] : [`${owner.message}. ${owner.hint}`]),
		...notRestartedLines(podsNotRestartedBySteps(planning)),
		...notMended(diagnosis),
		...unreachable.map(({name}) => `${name} was skipped: run fix again when it is reachable.`),
		'Allow the hostPorts in the security groups and firewalls in front of the nodes.',
	];
}

/** One finding a line with what helps: faults that no step of a repair touches, so that a finished run is not taken for their cure. */
export function notMended({findings}: Pick<Diagnosis, 'findings'>): string[] {
	return findings
		.filter(({severity, repairable}) => severity !== 'info' && !repairable)
		.map(({code, title, remedy}) => `fix does not repair ${code}: ${title}. ${remedy}`);
}

/** Pods that a plan leaves as they are, in lines for people. */
export function notRestartedLines(left: Plan['left']): string[] {
	return [...Map.groupBy(left, ({reason}) => reason)].map(([reason, pods]) => {
		const names = pods.map(({pod}) => pod);
		return `${listed(names, mostNamed)}: its hostPort does not work until the pod restarts; ${reason}.`;
	});
}
