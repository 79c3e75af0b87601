import {announcer} from './announcer.ts';
import type {CommandContext} from './command.ts';
import type {ToolsSetting} from './repair-tools.ts';
import {openSsh, wayOptions} from './way-options.ts';

/** How whoever acts on nodes reaches them, by the flags; `close` ends what was opened for it. */
export type ToolWays = {readonly chosen: Pick<ToolsSetting, 'pods' | 'announce' | 'ssh'>; readonly close: () => Promise<void>};

/**
 * Helper pods as the flags have them, and SSH where `--via ssh` says so. SSH's questions are asked on stderr.
 * @throws UsageError
 */
export async function openToolWays(context: CommandContext): Promise<ToolWays> {
	const {via, pods} = wayOptions(context);
	const announce = announcer(context);
	const ssh = via === 'ssh' ? await openSsh(context, via, () => undefined) : undefined;
	return {
		chosen: {pods, announce, ssh: ssh?.session},
		close: async () => {
			await ssh?.close();
		},
	};
}
