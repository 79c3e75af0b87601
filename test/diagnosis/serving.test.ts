import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {agentStatus} from './builders.ts';
import {healthyEvidence, withObservation} from './scenes.ts';

const reachOn = (evidence: Evidence, node: string) => diagnose(evidence).nodes.find(({name}) => name === node)?.reach;
const withStatus = (parts: Parameters<typeof agentStatus>[1]): Evidence =>
	withObservation(healthyEvidence(), 'node-1', {agentStatus: agentStatus('1.15.19', parts)});

describe('who reaches a hostPort, by what was seen of its node', () => {
	it('is everybody but the node itself where the agent serves it without socket programs (recording 1.15.19/node-port-without-socket-lb)', () => {
		const evidence = withStatus({kubeProxyReplacement: 'false', hostPortEnabled: true, nodePortEnabled: true, socketLoadBalancing: false});
		expect(reachOn(evidence, 'node-1')).toMatchObject({node: 'no', loopback: 'no', elsewhere: 'yes'});
		// And each of its hostPorts, but none of another node.
		const ofNodes = Map.groupBy(diagnose(evidence).hostPorts, ({node}) => node);
		expect(ofNodes.get('node-1')?.map(({reach}) => reach.node)).toContain('no');
		expect(ofNodes.get('node-2')?.map(({reach}) => reach.node)).not.toContain('no');
	});

	it('is everybody where it has them', () => {
		const evidence = withStatus({kubeProxyReplacement: 'true', hostPortEnabled: true, nodePortEnabled: true, socketLoadBalancing: true});
		expect(reachOn(evidence, 'node-1')).toEqual({node: 'yes', loopback: 'yes', elsewhere: 'yes', why: ''});
	});

	it('is what Kubernetes promises where nothing was seen', () => {
		const {nodes, ...rest} = healthyEvidence();
		const blind = {...rest, cilium: null, nodes: nodes.map(node => ({...node, observation: null}))};
		expect(reachOn(blind, 'node-1')).toMatchObject({node: 'yes', loopback: 'unknown', elsewhere: 'yes'});
	});
});
