import os from 'node:os';
import path from 'node:path';
import {UsageError} from '../errors.ts';
import type {Kubeconfig} from './kubeconfig.ts';
import {readKubeconfigFile} from './kubeconfig-file.ts';

/**
 * Finds and merges kubeconfig files by kubectl's rules (client-go, tools/clientcmd/loader.go): the file that `--kubeconfig` names and
 * no other; else the files of `KUBECONFIG`, missing ones skipped; else `~/.kube/config`. Gives an empty one where there is none.
 * @throws UsageError when the file that `--kubeconfig` names does not exist
 * @throws ActionableError when a file is not usable
 */
export async function findKubeconfig(named: string | undefined, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Kubeconfig> {
	if (named !== undefined && named !== '') {
		const kubeconfig = await readKubeconfigFile(named, signal);
		if (kubeconfig === undefined) throw new UsageError(`the kubeconfig ${named} does not exist`, 'Check the path given with --kubeconfig');
		return kubeconfig;
	}

	const found = await Promise.all(candidateFiles(environment).map(async file => readKubeconfigFile(file, signal)));
	return mergeKubeconfigs(found.filter(kubeconfig => kubeconfig !== undefined));
}

/** The first of a name wins for clusters, users and contexts, and the first `current-context` that is set. */
export function mergeKubeconfigs(kubeconfigs: readonly Kubeconfig[]): Kubeconfig {
	const lastFirst = [...kubeconfigs].reverse();
	return {
		files: kubeconfigs.flatMap(({files}) => files),
		currentContext: kubeconfigs.find(({currentContext}) => currentContext !== undefined)?.currentContext,
		contexts: new Map(lastFirst.flatMap(({contexts}) => [...contexts])),
		clusters: new Map(lastFirst.flatMap(({clusters}) => [...clusters])),
		users: new Map(lastFirst.flatMap(({users}) => [...users])),
	};
}

function candidateFiles(environment: NodeJS.ProcessEnv): string[] {
	const list = environment['KUBECONFIG'];
	if (list !== undefined && list !== '') return [...new Set(list.split(path.delimiter).filter(file => file !== ''))];
	return [path.join(environment['HOME'] || os.homedir(), '.kube', 'config')];
}
