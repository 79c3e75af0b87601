import {causeOf} from './causes/index.ts';
import type {Finding} from './diagnosis.ts';
import type {Asked} from './failed-connection.ts';

/** What is needed of a finding to tell whether it explains an answer. */
export type Explaining = Pick<Finding, 'code' | 'severity' | 'nodes' | 'hostPorts' | 'title'>;

/**
 * The finding of `check` that explains why a connection failed: one that names the hostPort, else an error of its whole node. They
 * come worst first, and so the first is it.
 * @param answersSomewhere the hostPort answers from another place
 */
export function explainedBy<T extends Explaining>(asked: Asked, findings: readonly T[], answersSomewhere = false): T | undefined {
	const fitting = findings.filter(({code, severity}) => {
		const cause = causeOf(code);
		return (
			(severity !== 'info' || cause?.explainsAsInformation === true) &&
			!(answersSomewhere && cause?.ofWholePort === true) &&
			(cause?.explains?.(asked) ?? true)
		);
	});
	return (
		fitting.find(({hostPorts}) => hostPorts.includes(asked.hostPort)) ??
		fitting.find(({severity, hostPorts, nodes}) => severity === 'error' && hostPorts.length === 0 && nodes.includes(asked.node))
	);
}
