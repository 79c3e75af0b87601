import path from 'node:path';
import {homeFolder} from '../../local-user.ts';

/**
 * Where per-node overrides are kept: `$XDG_CONFIG_HOME/kubectl-hostport/nodes.yaml`, by default
 * `~/.config/kubectl-hostport/nodes.yaml`. An example:
 *
 *     nodes:
 *       node-7: {address: 203.0.113.7, user: admin, port: 2222}
 *       "gpu-*": {user: ubuntu, key: ~/.ssh/gpu, jump: bastion.example.com}
 *       "*": {user: core}
 */
export function nodeOverridesPath(environment: NodeJS.ProcessEnv = process.env): string {
	const home = environment['XDG_CONFIG_HOME'];
	return path.join(home && path.isAbsolute(home) ? home : path.join(homeFolder(), '.config'), 'kubectl-hostport', 'nodes.yaml');
}
