import type {NodeEvidence} from '../../evidence/evidence.ts';
import type {FileToPut, NodeAccess, PutOptions, RunResult} from '../access.ts';
import {SshError} from './ssh-error.ts';
import type {Identity} from './identity-file.ts';
import {loggedTransport} from './logged-transport.ts';
import {needsSystemSsh, systemSshMayHelp} from './needs-system-ssh.ts';
import {nodeAddress} from './node-address.ts';
import {choicesFor} from './node-overrides.ts';
import {assertPut, assertPuttable, putHeader, putScripts, temporaryName} from './put-file.ts';
import {assertSudoWorked, fixedShell, scriptShell, watchedScript} from './remote-shell.ts';
import {safeHostName} from './safe-name.ts';
import {ssh2Transport} from './ssh2-transport.ts';
import type {SshSession} from './ssh-session.ts';
import type {SshSettings} from './ssh-settings.ts';
import type {SshTransport} from './transport.ts';

/** Where CNI configuration lies unless the container runtime was told otherwise (containerd and CRI-O alike). */
const defaultConfigurationFolder = '/etc/cni/net.d';
/** containerd's default; the caller knows better where the node's own configuration was read. */
const defaultBinaryFolder = '/opt/cni/bin';
/** How much later than here a script is ended on the node itself. */
const graceSeconds = 2;
/** How long removing an unfinished file may take. */
const tidyMilliseconds = 10_000;

/** What access to one node by SSH is made of. */
export type SshAccessOptions = {
	readonly session: SshSession;
	readonly signal: AbortSignal;
	readonly configurationFolder?: string;
	readonly binaryFolder?: string;
	/** Id of the agent's container on that node. */
	readonly agentContainer?: string | undefined;
};

/** An SSH way into a node, and by which client it came about. */
export type SshAccess = NodeAccess & {
	readonly put: NonNullable<NodeAccess['put']>;
	readonly client: 'ssh2' | 'system';
};

/**
 * Logs in to a node. Without a choice of client ssh2 is used, and the system's `ssh` where ssh2 cannot.
 * @throws SshError if the node cannot be reached, is not who it should be, or does not let the person in
 */
export async function openSshAccess(node: Pick<NodeEvidence, 'name' | 'addresses'>, options: SshAccessOptions): Promise<SshAccess> {
	const {session, signal} = options;
	const choices = choicesFor(node.name, session.flags, await session.overrides());
	const alias = choices.host === undefined ? nodeAddress(node, choices.address) : safeHostName(choices.host);
	const settings = await session.settings(alias, choices, signal);
	const identities = await session.keyRing.identitiesOf(settings);
	const started = performance.now();
	const opened = await openTransport(settings, identities, options);
	session.log(`SSH ${placeOf(settings)} logged in by ${opened.transport.client} ${Math.round(performance.now() - started)} ms`);
	const transport = loggedTransport(opened.transport, placeOf(settings), session.log);
	return accessBy(transport, opened.reason, node.name, settings, options);
}

const placeOf = ({user, host, port}: SshSettings): string => `${user}@${host}${port === 22 ? '' : `:${port}`}`;

type Opened = {readonly transport: SshTransport & {readonly client: 'ssh2' | 'system'}; readonly reason: string};

async function openTransport(settings: SshSettings, identities: readonly Identity[], {session, signal}: SshAccessOptions): Promise<Opened> {
	const bySystem = async (reason: string): Promise<Opened> => {
		const transport = await session.systemTransport(settings);
		// One login now, so that a way which is called open is open; the master connection stays for what follows.
		await transport.execute('true', {stdin: '', signal, timeoutMilliseconds: settings.connectTimeoutMilliseconds * 2});
		return {transport: {...transport, client: 'system'}, reason};
	};

	const chosen = settings.choices.client;
	if (chosen === 'system') return bySystem('--ssh-client system');
	const before = needsSystemSsh(settings, identities);
	if (before !== undefined && chosen === undefined) return bySystem(before);
	if (settings.hasProxyCommand)
		throw new SshError(
			'address',
			`ssh_config uses ProxyCommand for ${settings.host}, which ssh2 cannot run`,
			'Remove --ssh-client, or use ProxyJump.',
		);
	try {
		const lease = await session.pool.lease(await session.route(settings, signal), signal);
		return {transport: {...ssh2Transport(lease, settings.host), client: 'ssh2'}, reason: ''};
	} catch (error) {
		const after = chosen === undefined ? await systemSshMayHelp(error, settings, identities) : undefined;
		if (after === undefined) throw error;
		// Where the second way fails as well, the first failure is the one that says more.
		return bySystem(after).catch(() => Promise.reject(error as Error));
	}
}

function accessBy(
	transport: Opened['transport'],
	reason: string,
	node: string,
	settings: SshSettings,
	options: SshAccessOptions,
): SshAccess {
	const {user, host} = settings;
	const configuration = options.configurationFolder ?? defaultConfigurationFolder;
	const binary = options.binaryFolder ?? defaultBinaryFolder;
	const asRoot = user === 'root' ? 'direct' : 'sudo';

	const asSudo = (result: RunResult): RunResult => {
		if (asRoot === 'sudo') assertSudoWorked(result, user, host);
		return result;
	};

	return {
		node,
		label: `ssh ${placeOf(settings)}`,
		configurationFolder: {host: configuration, seen: configuration},
		binaryFolder: {host: binary, seen: binary},
		hasAgentCommand: false,
		isOnNode: true,
		...(options.agentContainer !== undefined && {agentContainer: options.agentContainer}),
		client: transport.client,
		...(reason !== '' && {remark: `by the system’s ssh: ${reason}`}),

		async run(script, {parameters = [], ...limits}) {
			const deadlineSeconds = Math.ceil(limits.timeoutMilliseconds / 1000) + graceSeconds;
			const stdin = watchedScript(script, parameters, deadlineSeconds);
			return asSudo(await transport.execute(scriptShell[asRoot], {...limits, stdin, holdStdin: true}));
		},

		async put(file, limits) {
			assertPuttable(file);
			const temporary = temporaryName(file.name);
			const header = putHeader(file, temporary);
			if (asRoot === 'direct' && (await putBySftp(transport, file, temporary, limits, host))) return;
			const whole = Buffer.concat([Buffer.from(header), file.content]);
			assertPut(asSudo(await transport.execute(fixedShell(putScripts.whole, asRoot), {stdin: whole, ...limits})), file, host);
		},

		close: () => transport.close(),
	};
}

/**
 * Uploads under the temporary name, then checks and renames. The shell of the whole way tidies up by itself; here a connection that
 * breaks in between would leave the file, so it is removed over a new one. Gives false if there is no SFTP.
 */
async function putBySftp(transport: SshTransport, file: FileToPut, temporary: string, limits: PutOptions, host: string): Promise<boolean> {
	const header = putHeader(file, temporary);
	try {
		if (!(await transport.upload?.(`${file.folder}/${temporary}`, file.content, limits))) return false;
		assertPut(await transport.execute(fixedShell(putScripts.finish, 'direct'), {stdin: header, ...limits}), file, host);
		return true;
	} catch (error) {
		const tidying = {stdin: header, signal: AbortSignal.timeout(tidyMilliseconds), timeoutMilliseconds: tidyMilliseconds};
		// If this fails too, the node is out of reach; the name tells `cleanup` whose file it is.
		await transport.execute(fixedShell(putScripts.remove, 'direct'), tidying).catch(() => {});
		throw error;
	}
}
