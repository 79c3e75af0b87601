import path from 'node:path';
import process from 'node:process';
import {homeFolder} from '../local-user.ts';
import {UsageError} from '../errors.ts';
import type {Kubeconfig} from './kubeconfig.ts';
import {readKubeconfigFile} from './kubeconfig-file.ts';

/**
 * Finds and merges kubeconfig files by kubectl's rules (client-go, tools/clientcmd/loader.go): the file that `--kubeconfig` names and
 * no other; else the files of `KUBECONFIG`, missing ones skipped; else `~/.kube/config`. Gives an empty one where there is none.
 * @throws UsageError when the file that `--kubeconfig` names does not exist, or a file is not usable
 */
export async function findKubeconfig(named: string | undefined, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Kubeconfig> {
	if (named !== undefined && named !== '') {
		const kubeconfig = await readKubeconfigFile(named, signal);
		if (kubeconfig === undefined) throw new UsageError(`the kubeconfig ${named} does not exist`, 'Check the path given with --kubeconfig.');
		return kubeconfig;
	}

	const list = environment['KUBECONFIG'];
	if (list === undefined || list === '') return mergeKubeconfigs(await firstOf(homesOf(environment, process.platform), signal));
	const files = new Set(list.split(path.delimiter).filter(file => file !== ''));
	const found = await Promise.all([...files].map(async file => readKubeconfigFile(path.resolve(file), signal)));
	const absent = [...files].filter((_, index) => found[index] === undefined);
	return {...mergeKubeconfigs(found.filter(kubeconfig => kubeconfig !== undefined)), absent};
}

/** Where a home may be, in kubectl's order (client-go, util/homedir): on Windows the first one counts that has a `.kube/config`. */
export function homesOf(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly string[] {
	const {HOME = '', HOMEDRIVE = '', HOMEPATH = '', USERPROFILE = ''} = environment;
	if (platform !== 'win32') return [HOME || homeFolder()];
	const homes = [HOME, HOMEDRIVE !== '' && HOMEPATH !== '' ? HOMEDRIVE + HOMEPATH : '', USERPROFILE, homeFolder()];
	return [...new Set(homes.filter(home => home !== ''))];
}

async function firstOf(homes: readonly string[], signal: AbortSignal): Promise<readonly Kubeconfig[]> {
	for (const home of homes) {
		const found = await readKubeconfigFile(path.join(home, '.kube', 'config'), signal);
		if (found !== undefined) return [found];
	}

	return [];
}

/** The first of a name wins for clusters, users and contexts, and the first `current-context` that is set. */
function mergeKubeconfigs(kubeconfigs: readonly Kubeconfig[]): Kubeconfig {
	const lastFirst = [...kubeconfigs].reverse();
	return {
		files: kubeconfigs.flatMap(({files}) => files),
		currentContext: kubeconfigs.find(({currentContext}) => currentContext !== undefined)?.currentContext,
		contexts: new Map(lastFirst.flatMap(({contexts}) => [...contexts])),
		clusters: new Map(lastFirst.flatMap(({clusters}) => [...clusters])),
		users: new Map(lastFirst.flatMap(({users}) => [...users])),
	};
}
