import {printableLine} from '../foreign-text.ts';
import {ClusterError} from './cluster-error.ts';
import {subjectText, type RequestSubject} from './request-subject.ts';
import {statusIn} from './server-answer.ts';

/**
 * What the status channel says at the end: `Success`, or `Failure` with the exit code among its causes (k8s.io/kubelet, pkg/cri/streaming/remotecommand/exec.go).
 * Gives an error where the command could not be run, or where the connection ended before the status came.
 */
export function exitCodeOf(text: string, subject: RequestSubject, server: string): number | ClusterError {
	if (text === '') {
		return new ClusterError(
			`connection lost: ${server} closed it before the command ended (${subjectText(subject)})`,
			'Try again; if it happens again, check for a proxy or load balancer that cuts long connections',
			subject,
			{reason: 'ConnectionLost'},
		);
	}

	const status = statusIn(Buffer.from(text));
	if (status?.status === 'Success') return 0;
	const exitCode = status?.details?.causes?.find(({reason}) => reason === 'ExitCode')?.message;
	if (exitCode !== undefined && /^\d{1,3}$/u.test(exitCode)) return Number(exitCode);
	return new ClusterError(
		`cannot ${subjectText(subject)}: ${lastWords(status?.message ?? text)}`,
		'Check that the container runs and has this program',
		subject,
		{reason: status?.reason ?? 'ExecFailed', status: status?.code},
	);
}

/** Each layer puts its own words in front; what went wrong stands at the end. */
function lastWords(message: string): string {
	const line = printableLine(message, 2000);
	return line.length > 200 ? `…${line.slice(-200)}` : line;
}
