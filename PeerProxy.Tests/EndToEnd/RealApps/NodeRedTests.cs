using PeerProxy.Tests.TestKit.Apps;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.RealApps;

/// <summary>A single-page editor with login and live updates over a WebSocket.</summary>
public sealed class NodeRedTests : RealAppTest
{
    [Theory]
    [MemberData(nameof(Routes))]
    public async Task FlowEditor_MessageOfARunningFlow_AppearsLive(Route route)
    {
        var tab = await OpenAsync(await NodeRed.StartAsync(), route, "/");
        await tab.FillAsync("#node-dialog-login-username", NodeRed.User);
        await tab.FillAsync("#node-dialog-login-password", NodeRed.Password);
        await tab.ClickAsync("#node-dialog-login-submit");
        await tab.WaitForAsync("return document.querySelector('.red-ui-flow-node-button-button') !== null && !document.querySelector('#red-ui-loading-progress')?.offsetParent");

        await tab.RunAsync("RED.sidebar.show('debug')");
        // The socket subscribes when it is up: without it the message would be lost.
        await tab.WaitForAsync("return document.querySelector('.red-ui-notification-error') === null");
        await tab.ClickAsync(".red-ui-flow-node-button-button");

        await tab.WaitForAsync("return document.querySelector('.red-ui-debug-content')?.innerText.includes('hello from the flow')");
    }
}
