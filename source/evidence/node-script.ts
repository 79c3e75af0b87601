import connect from '../connect/connect.sh';
import agent from './node-script/agent.sh';
import base from './node-script/base.sh';
import folders from './node-script/folders.sh';
import main from './node-script/main.sh';
import network from './node-script/network.sh';
import rules from './node-script/rules.sh';
import runtime from './node-script/runtime.sh';

/**
 * The POSIX shell script that asks a node everything in one round trip; what it is asked and how it answers stands at the head of `base.sh`.
 * Its parts are functions and nothing else but for the last, which calls them: what arrives cut off does nothing.
 */
export const nodeScript = [connect, base, folders, rules, agent, network, runtime, main].join('\n');
