export { type NodeListenerOptions, nodeListener } from "./node-listener.ts";
