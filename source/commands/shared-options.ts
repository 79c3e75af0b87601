import {accessKinds} from '../access/access.ts';
import {imagePullPolicies} from '../access/helper-pod-image.ts';
import {addressKinds, sshClients} from '../access/ssh/ssh-flags.ts';
import {about, duration, file, oneOf, onUnlessNegated, text, textOfForm, wholeNumber, type ValuesOf} from '../command-line/option.ts';
import {outputOption} from '../command-line/output-option.ts';
import type {SharedValues} from '../command-line/shared-options.ts';
import type {Strategy} from '../diagnosis/strategy.ts';
import {objectForms} from '../output/object-forms.ts';

// Options that several commands have.

const strategies = ['portmap', 'native'] as const satisfies readonly Strategy[];
/** `--strategy` of commands that only show. */
export const strategy = oneOf(strategies, {help: 'strategy to show (default: the recommended one)'});
/** `--strategy` of commands that change something. */
export const strategyToGo = oneOf(strategies, {help: 'strategy to use (default: the recommended one)'});
/** `--selector`. */
export const selector = text({short: 'l', value: 'SELECTOR', help: 'only nodes with these labels'});
/** `--from`. */
export const from = file({help: 'use saved evidence instead of a cluster', dash: 'standard input'});
/** `--concurrency`. */
export const concurrency = wholeNumber({
	value: 'N',
	range: [1, 10_000],
	help: 'ask at most N nodes at the same time (default: as many as the cluster answers without slowing down, up to 256)',
});
/** `--timeout`. */
export const timeout = duration({
	help: 'time limit of the whole command, 0 for none (default 5m, and on large clusters what the nodes may take)',
});
/** `--color`. */
export const color = oneOf(['auto', 'always', 'never'], {fallback: 'auto', help: 'colour in the output (default auto)'});
/** `--node-timeout`. */
export const nodeTimeout = duration({help: 'time limit for one node, its helper pod included (default 30s)'});

/** Of every command that has an object to show: the same forms, order and tables. @param own forms that this command alone has, its default first */
export const outputOptions = <const Own extends string>(own: readonly [Own, ...Own[]]) => ({
	output: outputOption(own, objectForms),
	sortBy: text({value: 'JSONPATH', help: 'order the rows of a list by a field, such as .nodes[*].name'}),
	headers: onUnlessNegated({help: 'tables without headers'}),
});

/** All that is set for SSH; whatever is not given is as ssh_config says. */
export const sshOptions = about('SSH', {
	sshUser: text({value: 'USER', help: 'SSH user; a user other than root needs sudo without a password'}),
	sshKey: file({help: 'private key file; no other key is tried'}),
	sshPort: wholeNumber({value: 'PORT', range: [1, 65_535], help: 'port of sshd on the nodes'}),
	sshConfig: file({help: 'ssh_config to use instead of the user’s and the system’s'}),
	sshKnownHosts: file({help: 'known_hosts to use instead of the user’s'}),
	sshJump: text({value: '[USER@]HOST[:PORT]', help: 'jump hosts, separated by commas, or none'}),
	sshAddress: oneOf(addressKinds, {help: 'which address of the Node object (default internal)'}),
	sshClient: oneOf(sshClients, {help: 'SSH client to use (default ssh2, or the system’s ssh where ssh2 cannot)'}),
});

/** `--image`. @param help whose */
export const image = (help: string) =>
	textOfForm(
		{value: 'REF', help},
		{
			matches: /^[\w[][\w.:/@+[\]-]*$/u,
			says: 'no reference of an image',
			hint: 'Write it like registry.example/name:tag or name@sha256:….',
		},
	);
/** `--image-pull-secret`. @param help whose */
export const imagePullSecret = (help: string) =>
	textOfForm(
		{value: 'NAME', help},
		{matches: /^[a-z\d](?:[-.a-z\d]*[a-z\d])?$/u, says: 'no name of a Secret', hint: 'Use one of: kubectl get secrets, in that namespace.'},
	);

/** Of the pods that this program makes for a moment. */
export const podOptions = about('helper pods', {
	image: image('image of helper pods (default: the agent’s, by the digest that is on the node)'),
	imagePullPolicy: oneOf(imagePullPolicies, {help: 'for helper pods (default IfNotPresent)'}),
	imagePullSecret: imagePullSecret('Secret in the helper pods’ namespace to pull their image with'),
	helperNamespace: text({
		value: 'NAME',
		completes: 'namespace',
		help: 'namespace of helper pods (default: the agent’s)',
	}),
});

/** Of commands that read nodes. */
export const reachOptions = {
	via: oneOf(['auto', ...accessKinds], {
		fallback: 'auto',
		help: 'access to the nodes (default auto: the weakest that answers the question)',
	}),
	...sshOptions,
	...podOptions,
	nodeTimeout,
};

/** Of commands that read nodes by their agents alone. @param help what `--via` means there */
export const agentOrSsh = (help: string) => ({...sshOptions, ...podOptions, via: oneOf(['auto', 'ssh'], {fallback: 'auto', help})});

/** Of commands that write to nodes. */
export const writingOptions = agentOrSsh('access to the nodes (default auto: agents, and pods that may write one folder)');

/** Of the terminal UI. */
export const mouse = onUnlessNegated({
	help: 'leave wheel and clicks to the terminal',
});

/** Of commands that look at the cluster or at a saved file. */
export const lookOptions = {
	selector,
	from,
	save: file({help: 'save the evidence, for use with --from', dash: 'standard output'}),
	redact: onUnlessNegated({help: 'with --save: keep addresses as they are'}),
	connect: onUnlessNegated({help: 'do not try each hostPort over TCP, from another node and from this machine'}),
	concurrency,
	...reachOptions,
};

/** What a session is opened by: of a command's values those that it has. */
export type SessionValues = SharedValues & Partial<ValuesOf<typeof lookOptions>>;
