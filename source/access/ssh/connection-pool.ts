import type {Duplex} from 'node:stream';
import {setTimeout as setTimeoutPromise} from 'node:timers/promises';
import type {Client} from 'ssh2';
import {orAborted} from '../../abort.ts';
import {connectSsh2, type ConnectContext} from './connect-ssh2.ts';
import {forward} from './forward.ts';
import {createSlots, type Slots} from '../../slots.ts';
import {SshError} from './ssh-error.ts';
import type {SshSettings} from './ssh-settings.ts';

/** sshd drops new connections above 10 that have not logged in yet (MaxStartups 10:30:100, sshd_config(5)). */
const maximumHandshakesPerAddress = 8;
/** sshd allows 10 sessions in one connection (MaxSessions). Forwarded connections do not count. */
const maximumChannels = 8;
const connectTries = 4;
/** With waits that double from 50 ms on, 3 s in all. */
const channelTries = 7;
const refusalHoldsMilliseconds = 10_000;
const maximumHops = 8;

/** A way from here to a host: the jump hosts in order, then the host itself. */
export type Route = readonly [SshSettings, ...SshSettings[]];

/** A share in an open connection. It may break at any time; the next `use` opens another. */
export type Lease = {
	use<T>(action: (client: Client) => Promise<T>, signal: AbortSignal): Promise<T>;
	/** Gives the share back; the last one closes the connection. */
	release(): void;
};

/** SSH connections that are shared by route and closed together. */
export type ConnectionPool = {
	/** Connects at once, so that whoever gets a lease knows that the way is open. */
	lease(route: Route, signal: AbortSignal): Promise<Lease>;
	/** Knocks again at once where the answer was no. */
	forgetRefusals(): void;
	close(): void;
};

type Held = {leases: number; client: Promise<Client> | undefined; readonly channels: Slots};

/** Keeps one connection for each host and bastion, opens at most 8 at a time to one address, and tries again where sshd was too busy. */
export function createConnectionPool(context: ConnectContext): ConnectionPool {
	const held = new Map<string, Held>();
	// A connection serves many callers: it is opened on behalf of the pool, and a caller that gives up only stops waiting.
	const life = new AbortController();
	const {connected, forgetRefusals, bastions} = openConnections(context, life.signal);
	return {
		async lease(route, signal) {
			const name = route.at(-1)?.host;
			if (route.length > maximumHops)
				throw new SshError(
					'address',
					`the SSH route to ${name} has more than ${maximumHops} jump hosts`,
					'Check ssh_config for a loop of ProxyJump.',
				);
			const key = keyOf(route);
			const entry = held.get(key) ?? newHeld();
			held.set(key, entry);
			entry.leases += 1;
			let released = false;
			const share: Lease = {
				use: (action, callerSignal) =>
					patiently(entry.channels, async () => action(await orAborted(connected(entry, route), callerSignal)), callerSignal),
				release() {
					if (released) return;
					released = true;
					entry.leases -= 1;
					if (entry.leases > 0) return;
					held.delete(key);
					end(entry);
				},
			};
			try {
				await orAborted(connected(entry, route), signal);
				return share;
			} catch (error) {
				share.release();
				throw error;
			}
		},
		forgetRefusals,
		close() {
			life.abort(new SshError('lost', 'SSH was closed', 'Start again.'));
			for (const entry of [...held.values(), ...bastions.values()]) end(entry);
			held.clear();
			bastions.clear();
		},
	};
}

type Connections = Pick<ConnectionPool, 'forgetRefusals'> & {
	/** The connection of an entry, opened where there is none. */
	readonly connected: (entry: Held, route: Route) => Promise<Client>;
	/** What others go through, by route. */
	readonly bastions: Map<string, Held>;
};

function openConnections(context: ConnectContext, life: AbortSignal): Connections {
	const handshakes = new Map<string, Slots>();
	const bastions = new Map<string, Held>();
	const refusals = new Set<() => void>();

	const connected: Connections['connected'] = (entry, route) => {
		if (entry.client) return entry.client;
		const client = open(route);
		entry.client = client;
		const forget = (): void => {
			if (entry.client === client) entry.client = undefined;
		};
		client.then(
			opened => opened.on('close', forget),
			// Many nodes behind one bastion must not knock again at once where the answer was no: servers lock such users out.
			(error: unknown) => {
				if (!isRefusal(error)) return forget();
				refusals.add(forget);
				setTimeout(() => {
					refusals.delete(forget);
					forget();
				}, refusalHoldsMilliseconds).unref();
			},
		);
		return client;
	};

	const open = async (route: Route): Promise<Client> => {
		const target = route.at(-1) as SshSettings;
		const before = route.slice(0, -1);
		const address = `${keyOf(before)} ${target.host} ${target.port}`;
		const slots = handshakes.get(address) ?? createSlots(maximumHandshakesPerAddress);
		handshakes.set(address, slots);
		return untilBusyNoMore(
			async () => slots.use(async () => connectSsh2(target, context, life, await streamThrough(before, target)), life),
			life,
		);
	};

	const streamThrough = async (hops: readonly SshSettings[], target: SshSettings): Promise<Duplex | undefined> => {
		if (!isRoute(hops)) return undefined;
		const bastion = bastions.get(keyOf(hops)) ?? newHeld();
		bastions.set(keyOf(hops), bastion);
		return forward(await connected(bastion, hops), hops.at(-1) as SshSettings, target, life);
	};

	return {
		connected,
		bastions,
		forgetRefusals() {
			for (const forget of refusals) forget();
			refusals.clear();
		},
	};
}

/** Tries again where the server dropped a connection that had not logged in yet, as sshd does where it has too many of them. */
async function untilBusyNoMore(connect: () => Promise<Client>, life: AbortSignal): Promise<Client> {
	for (let tries = 1; ; tries += 1) {
		try {
			return await connect();
		} catch (error) {
			const isWorthARetry = error instanceof SshError && error.kind === 'lost' && tries < connectTries;
			if (!isWorthARetry || life.aborted) throw error;
			await setTimeoutPromise((200 + Math.random() * 400) * 2 ** (tries - 1), undefined, {signal: life});
		}
	}
}

/**
 * Tries again where the server refused a channel, which means that nothing has run yet. It may allow fewer sessions than it does by
 * default: then as many as there are is what it allows, and the next is tried when one of them has ended. And sshd counts a session
 * for some milliseconds longer than we do.
 */
async function patiently<T>(channels: Slots, action: () => Promise<T>, signal: AbortSignal): Promise<T> {
	for (let tries = 1; ;) {
		try {
			return await channels.use(action, signal);
		} catch (error) {
			const others = channels.taken();
			const isWorthARetry = error instanceof SshError && error.kind === 'channel' && (others > 0 || tries < channelTries);
			if (!isWorthARetry) throw error;
			await orAborted(setTimeoutPromise(25 * 2 ** tries), signal);
			if (others > 0) channels.limitTo(others);
			else tries += 1;
		}
	}
}

const newHeld = (): Held => ({leases: 0, client: undefined, channels: createSlots(maximumChannels)});

const isRefusal = (error: unknown): boolean =>
	error instanceof SshError && ['authentication', 'host-key', 'handshake'].includes(error.kind);

const isRoute = (hops: readonly SshSettings[]): hops is Route => hops.length > 0;

const keyOf = (hops: readonly SshSettings[]): string => hops.map(({user, host, port}) => `${user}@${host}:${port}`).join(' ');

function end({client}: Held): void {
	const goodbye = async (): Promise<void> => {
		// A connection that never came about has nothing to end; whoever asked for it has the error.
		const opened = await client?.catch(() => undefined);
		opened?.end();
		// A server that does not answer the goodbye must not keep this process alive.
		setTimeout(() => opened?.destroy(), 1000).unref();
	};
	void goodbye();
}
