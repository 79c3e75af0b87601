import type {HostPathMount} from '../../access/node-folders.ts';
import {at, listOf} from '../untyped.ts';
import {line} from './metadata.ts';

/** The hostPath volumes of a pod spec, each with the place where the container sees it (empty: it does not). */
export function hostPathMounts(podSpec: unknown, container: unknown): HostPathMount[] {
	const mounts = listOf(at(container, 'volumeMounts'));
	return listOf(at(podSpec, 'volumes')).flatMap(volume => {
		const host = line(at(volume, 'hostPath', 'path'), 1024);
		const name = line(at(volume, 'name'));
		if (host === '') return [];
		const places = mounts
			.filter(mount => line(at(mount, 'name')) === name && at(mount, 'subPathExpr') === undefined)
			.map(mount => {
				const below = line(at(mount, 'subPath'), 1024);
				return {volume: name, host: below === '' ? host : `${host}/${below}`, seen: line(at(mount, 'mountPath'), 1024)};
			});
		return places.length === 0 ? [{volume: name, host, seen: ''}] : places;
	});
}

/** The container that is the Cilium agent; its name is the same in every chart version and on GKE's anetd. */
export function agentContainerOf(podSpec: unknown): unknown {
	const containers = listOf(at(podSpec, 'containers'));
	return containers.find(container => at(container, 'name') === 'cilium-agent') ?? containers[0];
}
