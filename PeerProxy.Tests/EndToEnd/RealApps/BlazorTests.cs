using PeerProxy.Tests.TestKit.Apps;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.RealApps;

/// <summary>Server-side components: what a click does is computed at the server and comes back over SignalR.</summary>
public sealed class BlazorTests : RealAppTest
{
    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Components_CountOnTheServerAndNavigate_ByClicking(Route route)
    {
        var tab = await OpenAsync(await BlazorApp.StartAsync(), route, "/");
        await tab.WaitForTextAsync("h1", "Hello, world!");
        await tab.ClickAsync("a[href='counter']");
        await tab.WaitForTextAsync("h1", "Counter");

        // Clicks before the circuit stands are lost, so the first one is repeated until it counts.
        await tab.WaitForAsync("""
            document.querySelector('button.btn-primary').click();
            return !document.querySelector('p[role=status]').innerText.endsWith(' 0');
            """);
        var before = (await tab.RunAsync("return Number(document.querySelector('p[role=status]').innerText.split(' ').at(-1))")).GetInt32();
        await tab.ClickAsync("button.btn-primary");
        await tab.WaitForAsync("return Number(document.querySelector('p[role=status]').innerText.split(' ').at(-1)) > arg", before);

        // The page comes in two parts: a placeholder, and the table when the server has it.
        await tab.ClickAsync("a[href='weather']");
        await tab.WaitForAsync("return document.querySelectorAll('table tbody tr').length === 5");
        await tab.WaitForTitleAsync("Weather");
        await tab.WaitForAddressAsync("/weather");
        await tab.BackAsync();
        await tab.WaitForTextAsync("h1", "Counter");
    }
}
